package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import nanochat.engine.kernel.KeyValueFormat;
import nanochat.model.GptConfig;
import org.junit.jupiter.api.Test;

/// What pages are held, counted by the bytes the cache had to allocate. One layer with a window of 128, one that sees everything.
class SequenceTest {
    private static final GptConfig MODEL = new GptConfig(512, 50, 2, 2, 2, 32, "SL", GptConfig.Generation.G2026_07);
    /// Keys and values of 64 positions, two heads of 16 channels, the values' filled up to 64.
    private static final long PAGE_BYTES = 4L * 64 * 2 * (16 + 64);

    private final KvCache cache = new KvCache(MODEL, KeyValueFormat.F32, 2000);

    private static void grow(Sequence sequence, int tokens) {
        sequence.reserve(tokens);
        IntStream.range(0, tokens).forEach(i -> sequence.append(i % 50));
    }

    @Test
    void aWindowedLayerKeepsItsWindowAndSomeSlackOnly() {
        Sequence sequence = cache.newSequence();
        for (int i = 0; i < 1900; i++) {
            sequence.reserve(1);
            sequence.append(i % 50);
        }
        // a layer over the whole context sees no further back than the 512 tokens the model was made for
        long whole = (512 + 256) / 64 + 2;
        long windowed = (128 + 256) / 64 + 2;
        assertThat(cache.bytes()).isBetween((whole + windowed - 2) * PAGE_BYTES, (whole + windowed) * PAGE_BYTES);
        assertThat(sequence.length()).isEqualTo(1900);
        assertThat(sequence.token(1899)).isEqualTo(1899 % 50);
    }

    @Test
    void forksShareTheirBeginningAndCopyOnlyThePageTheyWriteTo() {
        Sequence sequence = cache.newSequence();
        grow(sequence, 100);
        Sequence fork = sequence.fork();
        assertThat(cache.bytes()).isEqualTo(4 * PAGE_BYTES);
        grow(fork, 1);
        assertThat(cache.bytes()).as("one page more in each layer").isEqualTo(6 * PAGE_BYTES);
        grow(sequence, 1);
        assertThat(cache.bytes()).as("the last owner writes in place").isEqualTo(6 * PAGE_BYTES);
        assertThat(fork.page(0, 0)).isSameAs(sequence.page(0, 0));
        assertThat(fork.page(0, 1)).isNotSameAs(sequence.page(0, 1));
    }

    @Test
    void releasedPagesAreUsedAgain() {
        for (int i = 0; i < 50; i++) {
            Sequence sequence = cache.newSequence();
            grow(sequence, 200);
            Sequence fork = sequence.fork();
            grow(fork, 10);
            sequence.release();
            fork.release();
            assertThat(sequence.length()).isZero();
        }
        assertThat(cache.bytes()).isEqualTo((2 * 4 + 2) * PAGE_BYTES);
    }

    @Test
    void aSequenceGoesBackAsFarAsWindowsAllowOrToTheBeginning() {
        Sequence sequence = cache.newSequence();
        for (int i = 0; i < 1000; i++) {
            grow(sequence, 1);
        }
        assertThat(sequence.truncate(999 - 256)).isTrue();
        assertThat(sequence.length()).isEqualTo(743);
        assertThat(sequence.truncate(300)).as("too far: the window's keys are gone").isFalse();
        assertThat(sequence.length()).isEqualTo(743);
        assertThat(sequence.truncate(0)).isTrue();
        grow(sequence, 300);
        assertThat(sequence.truncate(10)).as("nothing was given back yet").isTrue();
        assertThatThrownBy(() -> sequence.truncate(11)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theCommonPrefixIsKeptButNeverTheWholePrompt() {
        Sequence sequence = cache.newSequence();
        grow(sequence, 120);
        int[] tokens = IntStream.range(0, 120).map(i -> i % 50).toArray();
        assertThat(sequence.fork().keepCommonPrefix(tokens)).isEqualTo(119);
        int[] other = tokens.clone();
        other[70] = 49;
        assertThat(sequence.fork().keepCommonPrefix(other)).isEqualTo(70);
        assertThat(sequence.keepCommonPrefix(new int[]{0})).isZero();
    }

    @Test
    void onlyTheThreadThatASequenceBelongsToMayUseIt() throws InterruptedException {
        Sequence sequence = cache.newSequence();
        grow(sequence, 70);
        List<Throwable> thrown = new ArrayList<>();
        Thread other = Thread.ofPlatform().unstarted(() -> {
            assertThat(sequence.length()).isEqualTo(70);
            grow(sequence, 1);
            sequence.handOverTo(Thread.currentThread());
            sequence.release();
        });
        other.setUncaughtExceptionHandler((_, failure) -> thrown.add(failure));
        List<Runnable> uses = List.of(sequence::length, sequence::room, () -> sequence.token(0), sequence::fork, () -> sequence.truncate(0),
                () -> sequence.keepCommonPrefix(new int[]{1}), sequence::release, () -> sequence.reserve(1), () -> sequence.handOverTo(
                        other));
        Thread stranger = Thread.ofPlatform().unstarted(() -> uses.forEach(
                use -> assertThatThrownBy(use::run).isInstanceOf(IllegalStateException.class).hasMessageContaining("hand it over")));
        stranger.setUncaughtExceptionHandler((_, failure) -> thrown.add(failure));
        stranger.start();
        stranger.join();
        sequence.handOverTo(other);
        assertThatThrownBy(sequence::length).isInstanceOf(IllegalStateException.class);
        other.start();
        other.join();
        assertThat(thrown).isEmpty();
    }

    @Test
    void noSequenceGrowsBeyondTheCache() {
        Sequence sequence = cache.newSequence();
        grow(sequence, 2000);
        assertThat(sequence.room()).isZero();
        assertThatThrownBy(() -> sequence.reserve(1)).isInstanceOf(IllegalStateException.class).hasMessageContaining("2000");
    }
}
