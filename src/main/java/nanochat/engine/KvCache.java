package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.stream.IntStream;
import nanochat.engine.kernel.KeyValueFormat;
import nanochat.engine.kernel.KeyValuePage;
import nanochat.model.GptConfig;

/// The memory behind the [Sequence]s of one model: pages that hold the keys and values of one layer for [#PAGE] consecutive positions.
///
/// Sequences with a common beginning share its pages and copy one only to write to it, so N samples of a prompt store the prompt once.
/// A layer with a window gives pages back that no later token will see. Pages are recycled, never returned to the system before [#close].
///
/// There are at most so many pages as was said at the start. Whoever is going to fill sequences reserves what they may need in the worst case,
/// or waits; so nothing under way ever lacks a page. What is not reserved may hold idle sequences, beginnings to be gone on from
/// some day: those unused for longest lose their tokens when somebody needs their pages, and are then read again. Some of them belong to somebody, a
/// conversation; others are kept for any prompt that begins as they do ([#keep], [#takeKept]).
///
/// Sequences of several threads may share a cache.
public final class KvCache implements AutoCloseable {
    /// No limit but the system's.
    public static final long UNLIMITED = Long.MAX_VALUE;

    /// Positions in a page.
    static final int PAGE = KeyValuePage.POSITIONS;
    /// Positions older than its window that a layer keeps, so that the end of a sequence can be taken back.
    static final int SLACK = 4 * PAGE;

    private final GptConfig config;
    private final KeyValueFormat format;
    private final int maximumLength;
    private final long mostPages;
    private final Arena arena = Arena.ofShared();
    private final ArrayDeque<Page> free = new ArrayDeque<>();
    /// In the order of their last use.
    private final SequencedSet<Sequence> idle = new LinkedHashSet<>();
    /// Those of them that are nobody's.
    private final KeptSequences kept = new KeptSequences();
    private final int[] windows;
    private final KvPrefix prefix;
    /// By layer, written once; every sequence begins with them.
    private final Page[][] prefixPages;
    private long pages;
    private long reserved;

    /// Keys and values of one layer, and how many sequences refer to them.
    static final class Page {
        final KeyValuePage keyValues;
        private int owners;

        Page(KeyValuePage keyValues) {
            this.keyValues = keyValues;
        }
    }

    /// A cache that grows as its sequences do.
    ///
    /// @param format of keys and values
    /// @param maximumLength the longest sequence; beyond [GptConfig#sequenceLength] a model was never trained
    public KvCache(GptConfig config, KeyValueFormat format, int maximumLength) {
        this(config, 0, format, maximumLength, UNLIMITED);
    }

    /// @param extraHeads of the model, each of which has keys and values of its own behind those of the layers
    /// @param mostBytes the most that all pages ever take, see [#bytesOf]
    KvCache(GptConfig config, int extraHeads, KeyValueFormat format, int maximumLength, long mostBytes) {
        this(config, extraHeads, format, maximumLength, mostBytes, KvPrefix.NONE);
    }

    /// @param prefix with which all sequences begin; its pages are beside those that `mostBytes` counts
    KvCache(GptConfig config, int extraHeads, KeyValueFormat format, int maximumLength, long mostBytes, KvPrefix prefix) {
        if (prefix.tokens() > 0 && extraHeads > 0) {
            throw new IllegalArgumentException("a prefix has no keys and values for heads that draft");
        }
        if (maximumLength < 1) {
            throw new IllegalArgumentException("a cache needs room for at least one token, not " + maximumLength);
        }
        this.config = config;
        this.format = format;
        this.maximumLength = maximumLength;
        this.mostPages = mostBytes / pageBytes();
        this.windows = windows(config, extraHeads);
        this.prefix = prefix;
        this.prefixPages = new Page[windows.length][pageCount(prefix.tokens())];
        for (int layer = 0; prefix.tokens() > 0 && layer < windows.length; layer++) {
            for (int page = 0; page < prefixPages[layer].length; page++) {
                prefixPages[layer][page] = new Page(KeyValuePage.allocate(format, arena, config.kvHeads(), config.headSize()));
                prefixPages[layer][page].owners = 1; // the cache itself: they are never given back
            }
            prefix.store(layer, config, Arrays.stream(prefixPages[layer]).map(page -> page.keyValues).toList());
        }
    }

    /// An empty sequence, of the thread that asks for it.
    public Sequence newSequence() {
        return new Sequence(this);
    }

    /// The longest a sequence can become.
    public int maximumLength() {
        return maximumLength;
    }

    /// Positions before the first token of every sequence.
    int prefixTokens() {
        return prefix.tokens();
    }

    /// The pages of a layer with which a sequence begins.
    synchronized Page[] sharePrefix(int layer) {
        Arrays.stream(prefixPages[layer]).forEach(this::share);
        return prefixPages[layer].clone();
    }

    int layers() {
        return windows.length;
    }

    int window(int layer) {
        return windows[layer];
    }

    /// The first page that a sequence of `length` tokens holds when it goes on.
    int firstPage(int layer, int length) {
        return Math.max(0, prefix.tokens() + length - windows[layer] - SLACK) / PAGE;
    }

    /// Bytes allocated so far.
    public synchronized long bytes() {
        return bytes(pages);
    }

    /// Pages that hold keys and values of somebody's sequence.
    synchronized long pagesInUse() {
        return pages - free.size() - keptPages();
    }

    /// Pages that hold keys and values of kept sequences only.
    synchronized long keptPages() {
        Map<Page, Integer> owners = new HashMap<>();
        kept.all().forEach(sequence -> sequence.forEachPage(page -> owners.merge(page, 1, Integer::sum)));
        return owners.entrySet().stream().filter(counted -> counted.getKey().owners == counted.getValue()).count();
    }

    /// Takes over a sequence that nobody needs any more, for prompts of this scope that begin as it does. It loses its tokens when somebody needs its pages.
    synchronized void keep(String scope, Sequence sequence) {
        if (sequence.isEmpty()) {
            return;
        }
        Sequence serving = kept.add(scope, sequence, this::forget);
        if (serving != sequence) {
            sequence.drop();
        }
        idle.remove(serving);
        idle.add(serving);
    }

    /// Gives `sequence` the longest beginning of `prompt` that is kept in this scope, where that is more than it has. The last token of the prompt is never
    /// among it: it has to be run to predict what follows.
    ///
    /// @param sequence has tokens of the prompt only
    synchronized void takeKept(String scope, int[] prompt, Sequence sequence) {
        Optional<KeptSequences.Match> match = kept.best(scope, prompt).filter(best -> best.length() > sequence.length());
        if (match.isPresent()) {
            idle.remove(match.get().sequence());
            idle.add(match.get().sequence());
            sequence.takeBeginning(match.get().sequence(), match.get().length());
        }
    }

    /// A beginning that is kept, while somebody copies it. Its pages may be taken away at any time, like those of all that is idle.
    ///
    /// @param pages layer by layer
    record Borrowed(Sequence sequence, KeptFile.Head head, List<Page> pages) {}

    /// What is kept in this scope for `prompt`, whole pages of it: with what was answered, where the whole prompt is there, else as much as is. To be given
    /// back ([#giveBack]).
    ///
    /// @return nothing where not even a page is kept
    synchronized Optional<Borrowed> borrowKept(String scope, int[] prompt) {
        Optional<KeptSequences.Match> match = kept.best(scope, Arrays.copyOf(prompt, prompt.length + 1));
        if (match.isEmpty()) {
            return Optional.empty();
        }
        Sequence sequence = match.get().sequence();
        int[] tokens = sequence.tokens();
        int whole = inWholePages(match.get().length() == prompt.length ? tokens.length : match.get().length());
        if (whole <= 0 || !sequence.canBeCutTo(whole)) {
            return Optional.empty();
        }
        Sequence beginning = new Sequence(this);
        beginning.takeBeginning(sequence, whole);
        idle.add(beginning);
        return Optional.of(new Borrowed(beginning, new KeptFile.Head(prefix.tokens(), Arrays.copyOf(tokens, whole), beginning.firstPages()),
                beginning
                        .pages()));
    }

    /// So many of `length` tokens as fill whole pages together with the prefix; none or less where they do not fill the one in which the prefix ends.
    private int inWholePages(int length) {
        return (prefix.tokens() + length) / PAGE * PAGE - prefix.tokens();
    }

    /// Copies page `index` of what is borrowed. Returns whether it is there still: others may have needed its memory.
    synchronized boolean copyPage(Borrowed borrowed, int index, MemorySegment target) {
        if (borrowed.sequence.isEmpty()) {
            return false;
        }
        borrowed.pages.get(index).keyValues.copyTo(target, 0);
        return true;
    }

    synchronized void giveBack(Borrowed borrowed) {
        forget(borrowed.sequence);
    }

    /// Whether keys and values with this head can be of this cache's model.
    boolean canHold(KeptFile.Head head) {
        int length = head.tokens().length;
        boolean possible = length > 0 && length <= maximumLength && inWholePages(length) == length && head.firstPages().length == layers()
                && Arrays.stream(head.tokens()).allMatch(token -> token >= 0 && token < config.vocabularySize());
        for (int layer = 0; possible && layer < layers(); layer++) {
            possible = head.firstPages()[layer] >= 0 && head.firstPages()[layer] <= firstPage(layer, length);
        }
        return possible;
    }

    /// A sequence of pages of its own, for the caller to fill with what belongs to these tokens. Ends with [#endFilling].
    ///
    /// @param head that this cache [can hold][#canHold]
    /// @return nothing where there is no memory for it beside what is under way
    Optional<Sequence> newFilled(KeptFile.Head head) {
        if (!reserve(head.pages())) {
            return Optional.empty();
        }
        Sequence sequence = new Sequence(this);
        sequence.fill(head.tokens(), head.firstPages());
        return Optional.of(sequence);
    }

    /// Keeps a sequence of [#newFilled] for prompts of this scope that begin so, or gives its pages back.
    ///
    /// @param isFilled whether all its pages hold what they should
    synchronized void endFilling(String scope, Sequence sequence, KeptFile.Head head, boolean isFilled) {
        if (isFilled) {
            keep(scope, sequence);
        } else {
            sequence.drop();
        }
        unreserve(head.pages());
    }

    /// Forgets everything that is kept.
    synchronized void forgetKept() {
        List<Sequence> all = new ArrayList<>();
        kept.all().forEach(all::add);
        for (Sequence sequence : all) {
            forget(sequence);
        }
    }

    private void forget(Sequence sequence) {
        kept.remove(sequence);
        idle.remove(sequence);
        sequence.drop();
    }

    /// Bytes of the pages that are reserved.
    synchronized long reservedBytes() {
        return bytes(reserved);
    }

    /// The most bytes it will ever allocate.
    public long mostBytes() {
        return mostPages > UNLIMITED / pageBytes() ? UNLIMITED : bytes(mostPages);
    }

    long mostPages() {
        return mostPages;
    }

    /// Bytes of so many pages.
    long bytes(long count) {
        return count * pageBytes();
    }

    /// The most bytes that a sequence takes while it grows to `length` tokens.
    public static long bytesOf(GptConfig config, int extraHeads, KeyValueFormat format, int length) {
        return pagesBetween(windows(config, extraHeads), 0, length) * KeyValuePage.bytes(format, config.kvHeads(), config.headSize());
    }

    /// Bytes of a page, keys and values of one layer.
    long pageBytes() {
        return KeyValuePage.bytes(format, config.kvHeads(), config.headSize());
    }

    /// Those of the layers; heads see what the last layer sees.
    private static int[] windows(GptConfig config, int extraHeads) {
        return IntStream.range(0, config.layers() + extraHeads).map(layer -> config.window(Math.min(layer, config.layers() - 1))).toArray();
    }

    /// The most pages that a sequence needs for itself while it grows from `shared` tokens, whose pages others have too, to `length`.
    long pagesBetween(int shared, int length) {
        return pagesBetween(windows, prefix.tokens() + shared, prefix.tokens() + length);
    }

    private static long pagesBetween(int[] windows, int shared, int length) {
        long sum = 0;
        for (int window : windows) {
            int whole = pageCount(length) - shared / PAGE;
            // what a pass may add to a window and its slack, and two pages of which they need only a part
            int windowed = (Math.min(length, InferenceGpt.MAXIMUM_TOKENS) + window + SLACK + 2 * (PAGE - 1)) / PAGE;
            sum += Math.min(whole, windowed);
        }
        return sum;
    }

    static int pageCount(int length) {
        return (length + PAGE - 1) / PAGE;
    }

    /// Sets so many pages aside, for the sequences that somebody is going to fill. Returns false, and does nothing, where there are not enough.
    synchronized boolean reserve(long count) {
        if (count > mostPages - reserved) {
            return false;
        }
        reserved += count;
        return true;
    }

    /// Gives back what [#reserve] set aside, after the sequences were released or became idle.
    synchronized void unreserve(long count) {
        reserved -= count;
    }

    /// From now on nobody relies on the tokens of a sequence: it loses them when its pages are needed.
    synchronized void setIdle(Sequence sequence) {
        idle.add(sequence);
    }

    /// From now on somebody does.
    synchronized void setInUse(Sequence sequence) {
        idle.remove(sequence);
    }

    /// A fork of an idle sequence is idle too.
    synchronized void addFork(Sequence sequence, Sequence fork) {
        if (idle.contains(sequence)) {
            idle.add(fork);
        }
    }

    /// Drops the tokens of all sequences.
    ///
    /// @throws IllegalStateException when somebody relies on some
    synchronized void dropAll() {
        if (reserved > 0) {
            throw new IllegalStateException("samples are under way");
        }
        forgetKept();
        idle.forEach(Sequence::drop);
        idle.clear();
    }

    private void makeRoom() {
        while (free.isEmpty() && pages == mostPages && !idle.isEmpty()) {
            forget(idle.getFirst());
        }
    }

    synchronized Page take() {
        makeRoom();
        Page page = free.poll();
        if (page == null) {
            if (pages == mostPages) {
                throw new IllegalStateException("all " + mostPages + " pages of the cache are in use");
            }
            page = new Page(KeyValuePage.allocate(format, arena, config.kvHeads(), config.headSize()));
            pages++;
        }
        page.owners = 1;
        return page;
    }

    /// One more sequence refers to `page`.
    synchronized void share(Page page) {
        page.owners++;
    }

    synchronized void release(Page page) {
        page.owners--;
        if (page.owners == 0) {
            free.push(page);
        }
    }

    /// A page of its own for a sequence that is going to write to `page`.
    synchronized Page writable(Page page) {
        if (page.owners > 1) {
            makeRoom(); // others who have it may be idle
        }
        if (page.owners == 1) {
            return page;
        }
        Page copy = take();
        copy.keyValues.copyFrom(page.keyValues);
        release(page);
        return copy;
    }

    /// Returns all memory; sequences of this cache must not be used any more.
    @Override
    public void close() {
        arena.close();
    }
}
