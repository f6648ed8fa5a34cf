package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import nanochat.model.GptConfig.Generation;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Visibility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a watcher sees of a forward pass. Oracle: the formulas that lead from one place to the next.
class PlacesTest {
    private static final int TOKENS = 6;

    /// Values and shapes by place, of one forward pass.
    private record Seen(Map<String, float[]> values, Map<String, int[]> shapes, float[] logits) {}

    private static Seen watch(Backend backend, SmallRun run, boolean recompute) {
        Map<String, float[]> values = new LinkedHashMap<>();
        Map<String, int[]> shapes = new LinkedHashMap<>();
        Tape tape = new Tape(backend, DType.F32, (place, tensor) -> {
            assertThat(values).doesNotContainKey(place);
            values.put(place, backend.read(tensor));
            shapes.put(place, tensor.shape());
        });
        Tensor ids = backend.allocate(DType.I32, TOKENS);
        backend.write(ids, new int[]{3, 1, 4, 1, 5, 9});
        Tensor logits = backend.allocate(DType.F32, TOKENS, run.parameters().config().vocabularySize());
        new Gpt(run.parameters(), TOKENS, recompute).logits(tape, logits, ids, 1, TOKENS);
        return new Seen(values, shapes, backend.read(logits));
    }

    private static Tensor tensor(Backend backend, Seen seen, String place) {
        Tensor tensor = backend.allocate(DType.F32, seen.shapes.get(place));
        backend.write(tensor, seen.values.get(place));
        return tensor;
    }

    @ParameterizedTest
    @EnumSource
    void everyPlaceIsShownOnceInOrderWithWhatTheNextOperationReads(Generation generation) {
        try (Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32)) {
            SmallRun run = new SmallRun(generation, backend, DType.F32, _ -> false);
            GptConfig config = run.parameters().config();
            Seen seen = watch(backend, run, false);
            List<String> expected = new ArrayList<>(List.of(Places.EMBEDDED));
            for (int layer = 0; layer < config.layers(); layer++) {
                Places.Block block = Places.Block.of(layer);
                expected.addAll(List.of(block.input(), block.attentionInput(), block.queries(), block.keys(), block.values(),
                        block.attentionOutput(), block.hidden()));

                Tensor input = tensor(backend, seen, block.input());
                Tensor normed = backend.allocate(DType.F32, TOKENS, config.embedding());
                backend.norm(normed, backend.allocate(DType.F32, TOKENS), input);
                assertThat(seen.values.get(block.attentionInput())).isEqualTo(backend.read(normed));

                Tensor heads = backend.allocate(DType.F32, TOKENS, config.embedding());
                backend.attention(heads, backend.allocate(DType.F32, 1, config.heads(), TOKENS), tensor(backend, seen, block.queries()),
                        tensor(backend, seen, block.keys()), tensor(backend, seen, block.values()),
                        new AttentionShape(1, TOKENS, config.heads(), config.kvHeads(), config.headSize(),
                                new Visibility.Causal(config.window(layer))));
                assertThat(seen.values.get(block.attentionOutput())).isEqualTo(backend.read(heads));
                assertThat(seen.shapes.get(block.hidden())).containsExactly(TOKENS, 4 * config.embedding());
            }
            expected.add(Places.FINAL_NORM);
            assertThat(seen.values.keySet()).containsExactlyElementsOf(expected);

            Tensor logits = backend.allocate(DType.F32, TOKENS, config.vocabularySize());
            backend.logits(logits, tensor(backend, seen, Places.FINAL_NORM), run.parameters().lmHead().compute());
            assertThat(seen.logits).isEqualTo(backend.read(logits));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsComputedAgainIsShownOnce(Generation generation) {
        try (Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32)) {
            SmallRun run = new SmallRun(generation, backend, DType.F32, _ -> true);
            Seen expected = watch(backend, run, false);
            Seen actual = watch(backend, run, true);
            assertThat(actual.values.keySet()).containsExactlyElementsOf(expected.values.keySet());
            expected.values.forEach((place, values) -> assertThat(actual.values.get(place)).as(place).isEqualTo(values));
        }
    }
}
