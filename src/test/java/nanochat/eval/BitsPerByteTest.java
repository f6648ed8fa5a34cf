package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import nanochat.data.BatchLayout;
import nanochat.data.FileDocuments;
import nanochat.data.Packing;
import nanochat.data.Share;
import nanochat.data.TextSplit;
import nanochat.data.ValidationBatches;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.objective.NextToken;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Tape;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// By hand: sums of nats over sums of bytes; and a model that knows nothing needs log2(V) bits for a token, whichever it is.
class BitsPerByteTest {
    private static final BitsPerByte NOTHING = new BitsPerByte(0, 0, 0);

    @Test
    void natsOverBytesInBits() {
        int[] tokenBytes = {1, 3, 2};
        BitsPerByte bits = NOTHING.plus(new int[]{0, 1, 2}, new float[]{0.5f, 2f, 1.25f}, tokenBytes);
        assertThat(bits).isEqualTo(new BitsPerByte(3.75, 6, 3));
        assertThat(bits.value()).isCloseTo(3.75 / (0.6931471805599453 * 6), within(1e-15));
    }

    @Test
    void specialTokensAndIgnoredTargetsCountOnNeitherSide() {
        int[] tokenBytes = {1, 0};
        assertThat(NOTHING.plus(new int[]{0, 1, -1, 0}, new float[]{1, 100, 100, 2}, tokenBytes)).isEqualTo(new BitsPerByte(3, 2, 2));
    }

    @Test
    void aModelWithoutWeightsNeedsTheLogarithmOfTheVocabularyForEveryByte(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("a.txt"), "One, two, three.\n\nFour and five\n\nand äöü.");
        Tokenizer bytes = Tokenizer.ofMerges(List.of());
        GptConfig config = GptConfig.ofDepth(1, 32, 16, 8, bytes.vocabularySize(), "L");
        try (Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32)) {
            Gpt gpt = new Gpt(new GptParameters(config, backend, DType.F32, false));
            ValidationBatches batches = new ValidationBatches(new FileDocuments(List.of(file), TextSplit.FILE), bytes,
                    new BatchLayout(Packing.STREAM, 2, 8), Share.WHOLE, 1000);
            AtomicInteger calls = new AtomicInteger();
            BitsPerByte bits = BitsPerByte.measure(new NextToken(gpt, new Tape(backend, DType.F32), 2, 8), batches, bytes.tokenBytes(),
                    calls::incrementAndGet);
            assertThat(bits.bytes()).isEqualTo(Files.size(file));
            assertThat(bits.value()).isCloseTo(Math.log(265) / Math.log(2), within(1e-5));
            assertThat(calls).hasValue(3);
        }
    }
}
