package nanochat.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import nanochat.model.GptConfig;

/// Causal softmax attention of the tokens of a pass over the keys and values in the pages of their sequences.
///
/// Queries and keys are normalised to a length of at most 1.2 sqrt(D), so a scaled score is at most 1.44 sqrt(D): the exponential cannot
/// overflow and no maximum need be subtracted first. That makes softmax a quotient of two plain sums over pages. They are added in the order of
/// the pages, however they were computed: page by page on all threads where tokens are few, group of tokens by group where they are many.
public final class Attention {
    /// Up to so many tokens, the pages that a token sees are shared out among the threads.
    private static final int MOST_TOKENS_SPLIT_BY_PAGE = 32;
    /// Pages times tokens computed before their sums are added up, which bounds the memory for them.
    private static final int SLOTS = 512;
    /// Tokens of a sequence that one task takes together otherwise.
    private static final int GROUP = 16;

    private static final long SCORES_STRIDE = 4L * KeyValuePage.POSITIONS;

    private final Workers workers;
    private final int headSize;
    private final int kvHeads;
    private final int queriesPerKey;
    private final float scale;
    private final int[] windows;
    private final Scratch[] scratch;
    private final Rows pageSums;
    private final float[] pageTotals;
    private final float[] totals;
    private final Workers.Step pageStep = this::attendPage;
    private final Workers.Step groupStep = this::attendGroup;

    private final Tokens pass;

    // The pass under way.
    private Rows queries = Rows.NONE;
    private Rows output = Rows.NONE;
    private int layer;
    private int groups;
    // Of each task: its first token, how many tokens, and where tokens are few the page and the first of its slots.
    private final int[] taskToken;
    private final int[] taskExtent;
    private final int[] taskPage = new int[SLOTS];
    private final int[] taskSlot = new int[SLOTS];

    /// The tokens of a pass: of any number of sequences, those of one sequence next to each other and in order.
    public interface Tokens {
        int count();

        /// The position of a token in its sequence.
        int position(int token);

        /// Whether two tokens are of one sequence.
        boolean sameSequence(int token, int other);

        /// Where keys and values of page `page` (positions from `page *` [KeyValuePage#POSITIONS] on) of a token's sequence are.
        KeyValuePage page(int token, int layer, int page);
    }

    /// Memory of one thread: the scores of a group of tokens in a page, what the page's products need, the values they give, and the sums of
    /// their weights.
    private record Scratch(MemorySegment scores, MemorySegment tile, Rows values, float[] pageTotals, float[] totals) {
        Scratch(Arena arena, int headSize) {
            this(arena.allocate(SCORES_STRIDE * Math.max(GROUP, MOST_TOKENS_SPLIT_BY_PAGE), 64),
                    arena.allocate(KeyValuePage.SCRATCH_BYTES, 64), Rows.allocate(arena, GROUP, headSize), new float[GROUP],
                    new float[GROUP]);
        }
    }

    /// @param layers of the model, those of extra heads counted, which see what the last one sees
    /// @param pass whose tokens change from run to run
    /// @param maximumTokens the most of them
    public Attention(GptConfig config, int layers, Tokens pass, int maximumTokens, Workers workers, Arena arena) {
        this.pass = pass;
        this.workers = workers;
        this.headSize = config.headSize();
        this.kvHeads = config.kvHeads();
        this.queriesPerKey = config.heads() / kvHeads;
        this.scale = (float) (1 / Math.sqrt(headSize));
        this.windows = new int[layers];
        Arrays.setAll(windows, layer -> config.window(Math.min(layer, config.layers() - 1)));
        this.scratch = new Scratch[workers.threads()];
        Arrays.setAll(scratch, worker -> new Scratch(arena, headSize));
        this.pageSums = Rows.allocate(arena, SLOTS * config.heads(), headSize);
        this.pageTotals = new float[SLOTS * config.heads()];
        this.totals = new float[MOST_TOKENS_SPLIT_BY_PAGE * config.heads()];
        this.taskToken = new int[Math.max(SLOTS, maximumTokens)];
        this.taskExtent = new int[taskToken.length];
    }

    /// `output[i] = ` the heads' weighted values of token i, one after the other, for every token of the pass.
    ///
    /// @param queriesOfTokens the rotated, normalised queries, heads x D in a row
    public void run(int ofLayer, Rows queriesOfTokens, Rows target) {
        layer = ofLayer;
        queries = queriesOfTokens;
        output = target;
        if (pass.count() <= MOST_TOKENS_SPLIT_BY_PAGE) {
            runByPage();
        } else {
            runByGroup();
        }
    }

    private int heads() {
        return kvHeads * queriesPerKey;
    }

    /// The first position that a token sees.
    private int firstSeen(int token) {
        return Math.max(0, pass.position(token) - windows[layer]);
    }

    // Few tokens: a task is a page for the tokens next to each other that see it, which are many where sequences share a beginning, and the
    // query heads of one kv head.

    private void runByPage() {
        Arrays.fill(totals, 0);
        int lastPage = 0;
        for (int token = 0; token < pass.count(); token++) {
            Kernels.clear(output.address(token), heads() * headSize);
            lastPage = Math.max(lastPage, pass.position(token) / KeyValuePage.POSITIONS);
        }
        int tasks = 0;
        int slots = 0;
        for (int page = 0; page <= lastPage; page++) {
            int token = 0;
            while (token < pass.count()) {
                int end = token;
                while (end < pass.count() && sees(end, page) && pageOf(end, page).is(pageOf(token, page))) {
                    end++;
                }
                if (end == token) {
                    token++;
                    continue;
                }
                if (slots + end - token > SLOTS) {
                    addPages(tasks);
                    tasks = 0;
                    slots = 0;
                }
                taskPage[tasks] = page;
                taskToken[tasks] = token;
                taskExtent[tasks] = end - token;
                taskSlot[tasks++] = slots;
                slots += end - token;
                token = end;
            }
        }
        addPages(tasks);
        for (int token = 0; token < pass.count(); token++) {
            for (int head = 0; head < heads(); head++) {
                Kernels.scale(output(token, head), headSize, 1 / totals[token * heads() + head]);
            }
        }
    }

    private boolean sees(int token, int page) {
        return page >= firstSeen(token) / KeyValuePage.POSITIONS && page <= pass.position(token) / KeyValuePage.POSITIONS;
    }

    private KeyValuePage pageOf(int token, int page) {
        return pass.page(token, layer, page);
    }

    private void addPages(int tasks) {
        workers.run(tasks * kvHeads, pageStep);
        for (int task = 0; task < tasks; task++) {
            for (int head = 0; head < heads(); head++) {
                for (int i = 0; i < taskExtent[task]; i++) {
                    int slot = head * SLOTS + taskSlot[task] + i;
                    int token = taskToken[task] + i;
                    Kernels.add(output(token, head), pageSums.address(slot), headSize);
                    totals[token * heads() + head] += pageTotals[slot];
                }
            }
        }
    }

    private void attendPage(int index, int worker) {
        int task = index / kvHeads;
        int firstHead = index % kvHeads * queriesPerKey;
        for (int head = firstHead; head < firstHead + queriesPerKey; head++) {
            attend(taskPage[task], head, taskToken[task], taskExtent[task], scratch[worker], pageSums,
                    head * SLOTS + taskSlot[task], pageTotals);
        }
    }

    // Many tokens: a task is some tokens of a sequence and one query head, over all pages they see.

    private void runByGroup() {
        groups = 0;
        int token = 0;
        while (token < pass.count()) {
            int end = token + 1;
            while (end < pass.count() && end - token < GROUP && pass.sameSequence(end, token)) {
                end++;
            }
            taskToken[groups] = token;
            taskExtent[groups++] = end - token;
            token = end;
        }
        workers.run(groups * heads(), groupStep);
    }

    /// The later a token, the more it sees: the last groups come first, so that no thread is left with a long one at the end.
    private void attendGroup(int index, int worker) {
        int group = groups - 1 - index / heads();
        int first = taskToken[group];
        int count = taskExtent[group];
        int head = index % heads();
        Scratch mine = scratch[worker];
        Arrays.fill(mine.totals, 0);
        for (int i = 0; i < count; i++) {
            Kernels.clear(output(first + i, head), headSize);
        }
        int last = pass.position(first + count - 1) / KeyValuePage.POSITIONS;
        for (int page = firstSeen(first) / KeyValuePage.POSITIONS; page <= last; page++) {
            attend(page, head, first, count, mine, mine.values, 0, mine.pageTotals);
            for (int i = 0; i < count; i++) {
                Kernels.add(output(first + i, head), mine.values.address(i), headSize);
                mine.totals[i] += mine.pageTotals[i];
            }
        }
        for (int i = 0; i < count; i++) {
            Kernels.scale(output(first + i, head), headSize, 1 / mine.totals[i]);
        }
    }

    /// What one page gives to the `count` tokens from `first` on, which have it in common: for token `first + i`, the sum of the values by
    /// weight in row `row + i` of `values`, the sum of the weights in `weightTotals[row + i]`.
    private void attend(int pageIndex, int head, int first, int count, Scratch mine, Rows values, int row, float[] weightTotals) {
        int start = pageIndex * KeyValuePage.POSITIONS;
        long scores = mine.scores.address();
        KeyValuePage page = pageOf(first, pageIndex);
        int kvHead = head / queriesPerKey;
        page.multiplyKeys(kvHead, queries.address(first) + 4L * head * headSize, queries.stride(), scores, count, mine.tile.address());
        int written = 0;
        for (int i = 0; i < count; i++) {
            written = Math.max(written, Math.min(KeyValuePage.POSITIONS, pass.position(first + i) + 1 - start));
            weightTotals[row + i] = Kernels.expBetween(scores + i * SCORES_STRIDE, scale, firstSeen(first + i) - start,
                    pass.position(first + i) + 1 - start);
        }
        page.multiplyValues(kvHead, scores, written, values.address(row), values.stride(), count, mine.tile.address());
    }

    private long output(int token, int head) {
        return output.address(token) + 4L * head * headSize;
    }
}
