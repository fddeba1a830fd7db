/* SPDX-License-Identifier: MIT
 *
 * Template: counting by masks, for one width of vector. The file that includes it defines
 *
 *   VEC                  a vector of VEC_WORDS words of 64 bits
 *   VEC_LOAD(p)          from words that need not be aligned
 *   VEC_STORE(p, v)
 *   VEC_ZERO, VEC_ONES
 *   VEC_AND(a, b)
 *   VEC_REST(a, b)       a where b is 0
 *   VEC_PICK(s, a, b)    bit by bit: a where s is 1, else b
 *   VEC_ANY(v)           is any bit 1?
 *   VEC_COUNT(sum, v)    sum + number of bits, spread over 64-bit lanes as the version likes
 *   VEC_TARGET           the attribute of functions that may use all these
 *
 * A stretch is often shorter than a vector, so that what is done once a block must be little: the
 * steps are written for a fixed number of vectors, of which the compiler makes one version each.
 *
 *   for each block of rows:
 *     valid = rows of the stretch
 *     run the nodes of the tests; valid &= their masks; nothing left: next block
 *     run the other nodes
 *     parts = valid; for each key but the last: parts = parts x its masks
 *     for each part and each mask of the last key: count the bits of both */
#define VEC_INLINE VEC_TARGET __attribute__((always_inline)) static inline

enum { BLOCK_VECS = BLOCK_WORDS / VEC_WORDS };

VEC_INLINE VEC *mask_of(struct kernel_space *b, size_t mask)
{
    return (VEC *)(void *)b->mask[mask];
}

VEC_INLINE VEC *part_of(struct kernel_space *b, size_t part)
{
    return (VEC *)(void *)b->part[part];
}

/* `vecs`, here and below: the vectors in use, a constant where the functions are put together. */
VEC_INLINE void run_nodes(struct kernel_space *b, size_t vecs, const struct kernel_plan *p,
                          size_t from, size_t to, uint64_t w)
{
    for (size_t i = from; i < to; i++) {
        const uint64_t *plane = p->plane[p->node[i].plane] + w;
        const VEC *hi = mask_of(b, p->node[i].hi), *lo = mask_of(b, p->node[i].lo);
        VEC *out = mask_of(b, i + MASK_FIRST);
        for (size_t v = 0; v < vecs; v++)
            out[v] = VEC_PICK(VEC_LOAD(plane + v * VEC_WORDS), hi[v], lo[v]);
    }
}

/* The rows first .. end - 1 of the words from w on. */
VEC_INLINE void set_valid(struct kernel_space *b, size_t vecs, uint64_t w, size_t words,
                          uint64_t first, uint64_t end)
{
    uint64_t *bits = b->part[0];
    for (size_t v = 0; v < vecs; v++)
        part_of(b, 0)[v] = VEC_ONES;
    for (size_t i = words; i < vecs * VEC_WORDS; i++)
        bits[i] = 0;
    bits[0] = kernel_rows_mask(w, first, end);
    bits[words - 1] = kernel_rows_mask(w + words - 1, first, end);
}

VEC_INLINE bool keep_tested(struct kernel_space *b, size_t vecs, const struct kernel_plan *p)
{
    VEC any = VEC_ZERO;
    for (size_t v = 0; v < vecs; v++) {
        VEC valid = part_of(b, 0)[v];
        for (size_t t = 0; t < p->tests; t++)
            valid = VEC_AND(valid, mask_of(b, p->test[t])[v]);
        part_of(b, 0)[v] = valid;
        any = VEC_OR(any, valid);
    }
    return VEC_ANY(any);
}

/* part[i * n + j] = part[i] & mask j of the key, from the last to the first, so that none is
 * overwritten before it was used. */
VEC_INLINE size_t multiply(struct kernel_space *b, size_t vecs, const struct kernel_plan *p,
                           size_t key, size_t parts)
{
    const uint8_t *mask = p->mask + p->key_first[key];
    size_t n = p->key_first[key + 1] - p->key_first[key];
    for (size_t i = parts; i-- > 0;)
        for (size_t j = n; j-- > 0;)
            for (size_t v = 0; v < vecs; v++)
                part_of(b, i * n + j)[v] = VEC_AND(part_of(b, i)[v], mask_of(b, mask[j])[v]);
    return parts * n;
}

/* Leaves in part 0 the rows that pass the tests; false: none. */
VEC_INLINE bool run_tests(struct kernel_space *b, size_t vecs, const struct kernel_plan *p,
                          uint64_t w, size_t words, uint64_t first, uint64_t end)
{
    set_valid(b, vecs, w, words, first, end);
    run_nodes(b, vecs, p, 0, p->test_nodes, w);
    return p->tests == 0 || keep_tested(b, vecs, p);
}

/* Everything up to the parts; false: no row of the block passes. */
VEC_INLINE bool run_block(struct kernel_space *b, size_t vecs, const struct kernel_plan *p,
                          uint64_t w, size_t words, uint64_t first, uint64_t end)
{
    size_t parts = 1;
    if (!run_tests(b, vecs, p, w, words, first, end))
        return false;
    run_nodes(b, vecs, p, p->test_nodes, p->nodes, w);
    for (size_t k = 0; k + 1 < p->keys; k++)
        parts = multiply(b, vecs, p, k, parts);
    return true;
}

VEC_INLINE void count_block(struct kernel_space *b, size_t vecs, const struct kernel_plan *p,
                            uint64_t w, uint64_t first, uint64_t end, struct kernel_hist *hist)
{
    size_t from = p->key_first[p->keys - 1], to = p->key_first[p->keys];
    if (!run_block(b, vecs, p, w, kernel_block_words(w, end), first, end))
        return;
    for (size_t i = 0; i < p->parts; i++)
        for (size_t j = from; j < to; j++) {
            uint64_t *at = hist->mask[p->part_share[i] + p->share[j]];
            const VEC *mask = mask_of(b, p->mask[j]), *part = part_of(b, i);
            VEC sum = VEC_LOAD(at);
            for (size_t v = 0; v < vecs; v++)
                sum = VEC_COUNT(sum, VEC_AND(part[v], mask[v]));
            VEC_STORE(at, sum);
        }
}

VEC_TARGET static void masks(const struct kernel_plan *p, struct kernel_space *b, uint64_t first,
                             uint64_t n, struct kernel_hist *hist)
{
    uint64_t end = first + n;
    for (uint64_t w = first / WORD_ROWS; w * WORD_ROWS < end; w += BLOCK_WORDS) {
        size_t vecs = (kernel_block_words(w, end) + VEC_WORDS - 1) / VEC_WORDS;
        if (vecs == 1)
            count_block(b, 1, p, w, first, end, hist);
        else if (vecs == 2)
            count_block(b, 2, p, w, first, end, hist);
        else if (vecs < BLOCK_VECS)
            count_block(b, vecs, p, w, first, end, hist);
        else
            count_block(b, BLOCK_VECS, p, w, first, end, hist);
    }
}

/* ---- codes ---------------------------------------------------------------------------------- */

/* Splits the rows that pass: part i into 2i + 1, where the plane of its level has a 1, and 2i + 2.
 * Counts for each part how many go to the first of these; the parts of the last level need not be
 * made for that. What passed at all is counted behind the last part. */
VEC_INLINE void split_block(struct kernel_space *b, size_t vecs, const struct kernel_plan *p,
                            uint64_t w, uint64_t first, uint64_t end, struct kernel_hist *hist)
{
    size_t part = 0;
    if (!run_tests(b, vecs, p, w, kernel_block_words(w, end), first, end))
        return;
    for (size_t level = 0; level < p->code_planes; level++) {
        const uint64_t *plane = p->code_plane[level] + w;
        bool last = level + 1 == p->code_planes;
        for (size_t i = 0; i < (size_t)1 << level; i++, part++) {
            uint64_t *at = hist->mask[part];
            VEC sum = VEC_LOAD(at);
            for (size_t v = 0; v < vecs; v++) {
                VEC bits = VEC_LOAD(plane + v * VEC_WORDS);
                VEC rows = part_of(b, part)[v], ones = VEC_AND(rows, bits);
                sum = VEC_COUNT(sum, ones);
                if (last)
                    continue;
                part_of(b, 2 * part + 1)[v] = ones;
                part_of(b, 2 * part + 2)[v] = VEC_REST(rows, bits);
            }
            VEC_STORE(at, sum);
        }
    }
    VEC sum = VEC_LOAD(hist->mask[part]);
    for (size_t v = 0; v < vecs; v++)
        sum = VEC_COUNT(sum, part_of(b, 0)[v]);
    VEC_STORE(hist->mask[part], sum);
}

VEC_TARGET static void codes(const struct kernel_plan *p, struct kernel_space *b, uint64_t first,
                             uint64_t n, struct kernel_hist *hist)
{
    uint64_t end = first + n;
    for (uint64_t w = first / WORD_ROWS; w * WORD_ROWS < end; w += BLOCK_WORDS) {
        size_t vecs = (kernel_block_words(w, end) + VEC_WORDS - 1) / VEC_WORDS;
        if (vecs == 1)
            split_block(b, 1, p, w, first, end, hist);
        else if (vecs == 2)
            split_block(b, 2, p, w, first, end, hist);
        else if (vecs < BLOCK_VECS)
            split_block(b, vecs, p, w, first, end, hist);
        else
            split_block(b, BLOCK_VECS, p, w, first, end, hist);
    }
}

/* ---- stretches ------------------------------------------------------------------------------ */

/* One group's rows in a block: its mask, and the bits before each word. */
struct prefix {
    uint64_t bits[BLOCK_WORDS + 1];
    uint32_t before[BLOCK_WORDS + 1];
};

VEC_INLINE void sum_words(struct prefix *x, size_t words)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < words; i++) {
        x->before[i] = sum;
        sum += (uint32_t)__builtin_popcountll(x->bits[i]);
    }
    x->before[words] = sum;
    x->bits[words] = 0;
}

/* Bits before bit `at`. */
VEC_INLINE uint32_t bits_before(const struct prefix *x, uint64_t at)
{
    uint64_t low = x->bits[at / WORD_ROWS] & ((1ull << (at % WORD_ROWS)) - 1);
    return x->before[at / WORD_ROWS] + (uint32_t)__builtin_popcountll(low);
}

/* The stretches from `cut` on that begin in the block of `rows` rows; `start`: where the block
 * begins in the stretches' counting. The last one may go on behind it. */
VEC_INLINE void add_cuts(const struct prefix *x, const uint32_t *end, size_t cuts, int64_t start,
                         int64_t rows, uint32_t *out, size_t stride)
{
    uint32_t before = 0; /* rows outside of all stretches are not in the mask */
    for (size_t i = 0; i < cuts; i++, out += stride) {
        int64_t to = (int64_t)end[i] - start;
        uint32_t now = bits_before(x, (uint64_t)(to < rows ? to : rows));
        *out += now - before;
        before = now;
        if (to >= rows)
            break;
    }
}

VEC_TARGET static void mask_cuts(const struct kernel_plan *p, struct kernel_space *b,
                                 uint64_t first, const uint32_t *end, size_t cuts, uint32_t *out)
{
    struct prefix x;
    uint64_t last = first + end[cuts - 1];
    size_t from = p->key_first[p->keys - 1], to = p->key_first[p->keys], cut = 0;
    for (uint64_t w = first / WORD_ROWS; w * WORD_ROWS < last; w += BLOCK_WORDS) {
        size_t words = kernel_block_words(w, last);
        int64_t start = (int64_t)(w * WORD_ROWS) - (int64_t)first;
        while (start > 0 && end[cut] <= start)
            cut++;
        size_t vecs = (words + VEC_WORDS - 1) / VEC_WORDS;
        if (!run_block(b, vecs, p, w, words, first, last))
            continue;
        for (size_t i = 0; i < p->parts; i++)
            for (size_t j = from; j < to; j++) {
                const VEC *mask = mask_of(b, p->mask[j]), *part = part_of(b, i);
                for (size_t v = 0; v < vecs; v++)
                    VEC_STORE(x.bits + v * VEC_WORDS, VEC_AND(part[v], mask[v]));
                sum_words(&x, words);
                add_cuts(&x, end + cut, cuts - cut, start, (int64_t)(words * WORD_ROWS),
                         out + cut * p->groups + p->part_share[i] + p->share[j], p->groups);
            }
    }
}
