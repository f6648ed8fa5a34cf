package nanochat.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.engine.kernel.Workers;
import nanochat.tokenizer.Tokenizer;

/// Rows of any number of requests, decoded together: when a row ends, the next one that waits takes its place, so every reading of the
/// weights serves as many rows as there are. Made by [Engine#newBatch]; for one thread.
///
/// Prompts are read beside the rows under way, some tokens of them in every step and all of them in turn: neither those rows nor short prompts wait
/// until a long one has been read. Where the cache has no memory left for a request, it waits until others have ended.
///
///     ContinuousBatch batch = engine.newBatch(16);
///     prompts.forEach(prompt -> batch.submit(prompt, 1, generation, ColumnListener.NONE));
///     while (batch.step()) {
///         // requests may be submitted at any time
///     }
public final class ContinuousBatch implements AutoCloseable {
    /// Tokens that a prompt has read before it is the next one's turn.
    private static final int TURN = KvCache.PAGE;
    /// Requests whose listeners are worth a parallel step.
    private static final int MANY = 4;

    private final InferenceGpt gpt;
    private final KvCache cache;
    private final Optional<Tokenizer> tokenizer;
    private final Workers.Step chooseStep = (row, worker) -> chooseToken(row);

    private final int promptTokensPerStep;
    private final ArrayDeque<Request> waiting = new ArrayDeque<>();
    /// Those that have memory, in the order they came: their prompts are being read, or rows of theirs are under way or about to begin.
    private final List<Request> started = new ArrayList<>();
    private final Workers.Step tellStep = (request, worker) -> started.get(request).tellListener();
    /// Those of them whose prompts are not read to the end; the first one's turn is next.
    private final ArrayDeque<Request> reading = new ArrayDeque<>();
    // The rows under way; the first `decoded` of them have their logits in the row of the same number.
    private final GrowingSample[] rows;
    private final Sequence[] sequences;
    private final int[] tokens;
    private int count;
    private int decoded;
    /// The row of logits that belongs to the first of them.
    private int firstLogits;
    private final Optional<Lookahead> lookahead;

    /// @param lookahead for a row that is alone
    ContinuousBatch(InferenceGpt gpt, KvCache cache, Optional<Tokenizer> tokenizer, Optional<Lookahead> lookahead, int mostRows,
            int promptTokensPerStep) {
        if (mostRows < 1 || mostRows > InferenceGpt.MAXIMUM_TOKENS) {
            throw new IllegalArgumentException("a batch has from 1 to " + InferenceGpt.MAXIMUM_TOKENS + " rows, not " + mostRows);
        }
        if (promptTokensPerStep < 1 || promptTokensPerStep > InferenceGpt.MAXIMUM_TOKENS) {
            throw new IllegalArgumentException("a step reads from 1 to " + InferenceGpt.MAXIMUM_TOKENS + " tokens of prompts, not "
                    + promptTokensPerStep);
        }
        this.gpt = gpt;
        this.promptTokensPerStep = promptTokensPerStep;
        this.cache = cache;
        this.tokenizer = tokenizer;
        this.lookahead = lookahead;
        this.rows = new GrowingSample[mostRows];
        this.sequences = new Sequence[mostRows];
        this.tokens = new int[mostRows];
    }

    /// Asks for `samples` continuations of a prompt, which begin when there is room for them. There may be more of them than the batch has
    /// rows; the prompt is prefilled once.
    ///
    /// @param listener sees the request's tokens as they come and may end its rows
    /// @throws nanochat.io.BadInputException when the prompt is empty, leaves no room for a token, has an id that the model does not know, or
    /// needs more memory with its answer than the cache has in all
    public Request submit(int[] prompt, int samples, Generation generation, ColumnListener listener) {
        return submit(prompt, samples, 0, generation, Optional.empty(), listener);
    }

    /// The same, reusing what `context` has in common with the prompt. Until the request has ended nobody else may use the context; then it
    /// holds the prompt, and with one sample also what was generated (but for its last token, which nothing has followed).
    public Request submit(Sequence context, int[] prompt, int samples, Generation generation, ColumnListener listener) {
        return submit(new Request(gpt, cache, context, false, prompt, samples, 0, generation, Optional.empty(), listener));
    }

    /// The samples draw from the streams `firstStream` and following of the generation's seed.
    ///
    /// @param scope with whose requests this one shares what it reads, see [SharedBatch#generate(int[], int, int, Generation, Optional, ColumnListener)]
    Request submit(int[] prompt, int samples, int firstStream, Generation generation, Optional<String> scope, ColumnListener listener) {
        return submit(new Request(gpt, cache, cache.newSequence(), true, prompt, samples, firstStream, generation, scope, listener));
    }

    private Request submit(Request request) {
        waiting.add(lookahead.isEmpty() ? request.disposingAtOnce() : request);
        return request;
    }

    /// Gives every row one more token, reads some tokens of prompts, and fills free rows. Returns whether anything is left to do.
    public boolean step() {
        dropEnded();
        decoded = count;
        admit();
        decodeAndRead();
        beginRows();
        gpt.workers().run(count, chooseStep);
        for (int i = 0; i < count; i++) {
            rows[i].take();
            if (rows[i].hasEnded()) { // before anybody is told: who hears of the end may ask at once for what is kept of it
                release(rows[i]);
            }
        }
        tellListeners();
        dropEnded();
        return count > 0 || !started.isEmpty() || !waiting.isEmpty();
    }

    /// Many of them are told by all threads that compute, which have nothing else to do.
    private void tellListeners() {
        if (started.size() >= MANY) {
            gpt.workers().run(started.size(), tellStep);
        } else {
            for (int i = 0; i < started.size(); i++) {
                started.get(i).tellListener();
            }
        }
        for (int i = 0; i < started.size(); i++) {
            started.get(i).heedListener();
        }
    }

    /// How many samples are under way.
    int rowsUnderWay() {
        return count;
    }

    /// Starts those that wait, in the order they came, as long as there are free rows and memory.
    private void admit() {
        waiting.removeIf(Request::isDone);
        int room = rows.length - count;
        for (int i = 0; i < started.size(); i++) { // in every step: an iterator would be garbage
            room -= Math.min(room, started.get(i).samplesLeft());
        }
        while (room > 0 && !waiting.isEmpty() && waiting.element().start()) {
            Request request = waiting.remove();
            started.add(request);
            reading.add(request);
            room -= Math.min(room, request.samplesLeft());
        }
        if (started.isEmpty() && !waiting.isEmpty()) {
            throw new IllegalStateException("another batch of this engine holds the memory that " + waiting.size() + " requests wait for");
        }
    }

    /// One pass over the rows' newest tokens and over tokens of prompts: a reading of the weights serves both.
    private void decodeAndRead() {
        firstLogits = 0;
        if (reading.isEmpty() && decoded == 1 && lookahead.isPresent()) {
            firstLogits = lookahead.get().read(sequences[0], tokens[0], rows[0].room() - 1);
            return;
        }
        if (lookahead.isPresent()) {
            lookahead.get().forget();
        }
        if (reading.isEmpty()) { // as in most steps, which then allocate nothing
            if (decoded > 0) {
                gpt.decode(sequences, tokens, decoded);
            }
            return;
        }
        List<Request> readers = nextToRead();
        List<InferenceGpt.Stretch> stretches = new ArrayList<>();
        int tokensToRead = 0;
        boolean manyLogits = false;
        for (int i = 0; i < readers.size(); i++) {
            stretches.add(readers.get(i).nextStretch());
            tokensToRead += stretches.getLast().length();
            manyLogits |= stretches.getLast().wantedLogits() > 1;
        }
        if (manyLogits || tokensToRead + decoded > InferenceGpt.MAXIMUM_TOKENS) { // which are shown some at a time, or too many for one pass
            gpt.score(stretches, (stretch, index, logits, row) -> readers.get(stretch).keepLogits(index, logits, row));
            stretches.clear();
        }
        if (decoded > 0 || !stretches.isEmpty()) {
            gpt.decode(sequences, tokens, decoded, stretches);
        }
        int row = decoded;
        for (int i = 0; i < stretches.size(); i++) {
            if (stretches.get(i).wantedLogits() > 0) {
                readers.get(i).keepLogits(stretches.get(i).to() - 1, gpt.logits(), row++);
            }
        }
        for (int i = 0; i < readers.size(); i++) {
            readers.get(i).keepRead();
        }
    }

    /// Those whose prompts are read in this step, a turn of each after the other until they are as many tokens as a step may read.
    private List<Request> nextToRead() {
        Map<Request, Integer> ends = new LinkedHashMap<>();
        int room = promptTokensPerStep;
        while (room > 0 && !reading.isEmpty()) {
            Request request = reading.remove();
            int from = ends.getOrDefault(request, request.read());
            int end = Math.min(request.promptLength(), from + Math.min(room, TURN));
            ends.put(request, end);
            room -= end - from;
            if (end < request.promptLength()) {
                reading.add(request);
            }
        }
        ends.forEach(Request::readUpTo);
        return List.copyOf(ends.keySet());
    }

    private void beginRows() {
        for (int i = 0; i < started.size(); i++) {
            while (count < rows.length && started.get(i).mayBegin()) {
                rows[count++] = started.get(i).begin(tokenizer);
            }
        }
    }

    /// Every row draws its own first token from the logits of its prompt.
    private void chooseToken(int row) {
        if (row < decoded) {
            rows[row].choose(gpt.logits(), firstLogits + row);
        } else {
            rows[row].chooseFirst();
        }
    }

    private void release(GrowingSample row) {
        if (lookahead.isPresent()) {
            lookahead.get().forget(row.sequence());
        }
        row.release();
    }

    /// Moves the rows that go on to the front, lists their sequences and newest tokens, and gives back the memory of the others.
    private void dropEnded() {
        int left = 0;
        for (int i = 0; i < count; i++) {
            GrowingSample row = rows[i];
            if (row.hasEnded()) {
                release(row);
            } else {
                rows[left] = row;
                sequences[left] = row.sequence();
                tokens[left++] = row.lastToken();
            }
        }
        count = left;
        reading.removeIf(Request::isDone);
        started.forEach(Request::settle);
        started.removeIf(Request::isDone);
    }

    /// Forgets all requests and gives their memory back.
    @Override
    public void close() {
        waiting.forEach(Request::cancel);
        started.forEach(Request::cancel);
        dropEnded();
        waiting.clear();
    }
}
