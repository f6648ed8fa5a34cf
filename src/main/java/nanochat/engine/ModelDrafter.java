package nanochat.engine;

import java.util.Arrays;

/// Guesses by a smaller model with the same tokenizer, which always takes its likeliest token. It keeps a sequence of its own, with what it has read of
/// the row's text, and reads the rest when it is asked.
final class ModelDrafter implements Drafter {
    private final InferenceGpt gpt;
    private final KvCache cache;
    private final Sequence own;
    private final int most;
    private final Runnable release;
    private final Sequence[] decoded;
    private final int[] newest = new int[1];
    private int[] unread = new int[KvCache.PAGE];

    /// @param gpt of the smaller model, closed with this
    /// @param most tokens it guesses at once
    /// @param release returns what belongs to it besides
    ModelDrafter(InferenceGpt gpt, int most, Runnable release) {
        this.gpt = gpt;
        this.cache = gpt.newCache();
        this.own = cache.newSequence();
        this.decoded = new Sequence[]{own};
        this.most = most;
        this.release = release;
    }

    @Override
    public int most() {
        return most;
    }

    @Override
    public int draft(Sequence read, int next, int[] guesses, int count) {
        own.takeOver();
        own.keepCommonPrefix(read);
        int length = read.length() - own.length() + 1;
        if (length > own.room()) {
            return 0;
        }
        if (length > unread.length) {
            unread = Arrays.copyOf(unread, Math.max(length, 2 * unread.length));
        }
        for (int i = 0; i < length - 1; i++) {
            unread[i] = read.token(own.length() + i);
        }
        unread[length - 1] = next;
        gpt.prefill(own, unread, 0, length);
        guesses[0] = gpt.logits().argmax(0);
        int guessed = 1;
        while (guessed < count && own.room() > 0) {
            newest[0] = guesses[guessed - 1];
            gpt.decode(decoded, newest, 1);
            guesses[guessed++] = gpt.logits().argmax(0);
        }
        return guessed;
    }

    @Override
    public long bytes() {
        return gpt.weights().bytes() + cache.bytes() + gpt.activationBytes();
    }

    @Override
    public void close() {
        cache.close();
        gpt.close();
        release.run();
    }
}
