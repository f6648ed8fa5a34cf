package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import nanochat.data.BatchLayout;
import nanochat.data.FileDocuments;
import nanochat.data.Packing;
import nanochat.data.Share;
import nanochat.data.TextSplit;
import nanochat.data.ValidationBatches;
import nanochat.engine.WeightFormat;
import nanochat.engine.kernel.KeyValueFormat;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.objective.NextToken;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tape;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The oracle of f32: [BitsPerByte] on the reference backend. Smaller formats differ from it, but not by much.
class FormatCostTest {
    private static final int LENGTH = 32;

    @Test
    void f32CostsNothingAndIsWhatTheReferenceMeasures(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("a.txt"), "One, two, three.\n\nFour and five\n\nand äöü.".repeat(9));
        Tokenizer tokenizer = Tokenizer.ofMerges(List.of());
        try (Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32)) {
            GptConfig config = GptConfig.ofDepth(2, 16, 16, LENGTH, tokenizer.vocabularySize(), "SL");
            GptParameters parameters = new GptParameters(config, backend, DType.F32, false);
            RandomValues random = new RandomValues(3);
            parameters.all().forEach(parameter -> backend.write(parameter.value(), random.normal(parameter.value().size(), 0.3)));
            ValidationBatches batches = new ValidationBatches(new FileDocuments(List.of(file), TextSplit.FILE), tokenizer,
                    new BatchLayout(Packing.STREAM, 2, LENGTH), Share.WHOLE, 300);
            double expected = BitsPerByte.measure(new NextToken(new Gpt(parameters), new Tape(backend, DType.F32), 2, LENGTH), batches,
                    tokenizer.tokenBytes(), () -> {}).value();
            List<FormatCost> costs = FormatCost.measure(new Gpt(parameters), tokenizer, List.of(WeightFormat.INT8, WeightFormat.BF16),
                    batches, 300,
                    2);
            assertThat(costs).extracting(FormatCost::weights)
                    .containsExactly(WeightFormat.F32, WeightFormat.F32, WeightFormat.INT8, WeightFormat.BF16);
            assertThat(costs).extracting(FormatCost::keysAndValues)
                    .containsExactly(KeyValueFormat.F32, KeyValueFormat.BF16, KeyValueFormat.BF16, KeyValueFormat.BF16);
            assertThat(costs.getFirst().bitsPerByte()).isCloseTo(expected, within(1e-4 * expected));
            assertThat(costs.getFirst().percentAboveF32()).isZero();
            assertThat(costs).allSatisfy(cost -> {
                assertThat(cost.percentAboveF32()).isBetween(-2.0, 2.0);
                assertThat(cost.bitsPerByte()).isCloseTo(costs.getFirst().bitsPerByte() * (1 + cost.percentAboveF32() / 100), within(1e-9));
            });
            assertThat(costs.subList(1, costs.size())).allSatisfy(cost -> assertThat(cost.percentAboveF32()).isNotZero());
        }
    }
}
