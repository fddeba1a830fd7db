// SPDX-License-Identifier: MIT
// A page that fails says so; the frame around it stays.
import { Component, type ComponentChildren } from "preact";
import { ProblemBox } from "./status";

export class PageBoundary extends Component<{ children: ComponentChildren }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static override getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidCatch(error: unknown) {
    console.error(error);
  }

  render() {
    return this.state.error ? <ProblemBox problem={this.state.error} /> : this.props.children;
  }
}
