// SPDX-License-Identifier: MIT
// A place at a glance.
import { useQuery } from "../api";
import { count } from "../format";
import { Shown } from "../parts/status";
import type { PageProps } from "../pages";

export default function Overview(_: PageProps) {
  const total = useQuery<{ n: number }>("FROM registrations |> AGGREGATE COUNT(*) AS n");
  return <Shown of={total}>{(v) => <p>{count(v.data[0]?.n)}</p>}</Shown>;
}
