package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import nanochat.data.Batch;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.KvCache;
import nanochat.engine.WeightFormat;
import nanochat.objective.NextToken;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A prompt that is read once and stands before every row. Oracle: rows with the prompt in them, of which the text alone is asked. Central differences; and
/// the engine against the tape.
class FrozenPromptTest {
    /// Windows of 128 keys in every second layer.
    private static final int CONTEXT = 512;
    private static final int VOCABULARY = 70;

    private static final class Model implements AutoCloseable {
        final Backend backend;
        final DType type;
        final GptParameters parameters;
        final int[] prompt;
        final Gpt whole;
        final Gpt behind;

        Model(Device device, DType type, GptConfig.Generation generation, int promptTokens, boolean recompute) {
            this.type = type;
            backend = Backends.open(device, 1, type);
            GptConfig config = new GptConfig(CONTEXT, VOCABULARY, 4, 4, 2, 32, "SL", generation);
            parameters = new GptParameters(config, backend, type, true);
            NormalParameters.draw(backend, parameters.all(), new Random(3));
            parameters.refresh();
            whole = new Gpt(parameters);
            prompt = new Random(4).ints(promptTokens, 0, VOCABULARY).toArray();
            KeyValuePrefix prefix = KeyValuePrefix.of(config, promptTokens, OptionalInt.of(prompt[promptTokens - 1]), backend, type);
            prefix.initializeAs(whole, prompt);
            behind = new Gpt(parameters, Optional.empty(), Optional.of(prefix), CONTEXT - promptTokens, recompute);
        }

        NextToken objective(Gpt gpt, Batch batch) {
            return new NextToken(gpt, new Tape(backend, type), batch.rows(), batch.length());
        }

        float[] gradient(Gpt gpt, Batch batch, String parameter) {
            parameters.all().forEach(each -> backend.zero(each.gradient()));
            NextToken objective = objective(gpt, batch);
            objective.addGradients(batch, 1);
            assertThat(objective.takeLoss()).isFinite();
            return backend.read(parameters.named(parameter).gradient());
        }

        /// The same rows with the prompt in them, which is not asked.
        Batch withPrompt(Batch text) {
            int length = prompt.length + text.length();
            int[] inputs = new int[text.rows() * length];
            int[] targets = new int[inputs.length];
            Arrays.fill(targets, Batch.IGNORED);
            for (int row = 0; row < text.rows(); row++) {
                System.arraycopy(prompt, 0, inputs, row * length, prompt.length);
                System.arraycopy(text.inputs(), row * text.length(), inputs, row * length + prompt.length, text.length());
                System.arraycopy(text.targets(), row * text.length(), targets, row * length + prompt.length, text.length());
            }
            return new Batch(text.rows(), length, inputs, targets);
        }

        @Override
        public void close() {
            backend.close();
        }
    }

    private static Batch text(int rows, int length) {
        Random random = new Random(11);
        return new Batch(rows, length, random.ints((long) rows * length, 0, VOCABULARY).toArray(), random.ints((long) rows * length, -1,
                VOCABULARY).toArray());
    }

    /// Prompts shorter and longer than a window, rows that reach beyond it; smear, value embeddings and rotation go on across the seam.
    @ParameterizedTest
    @CsvSource({"CPU, G2025_11, 60, 100", "CPU, G2026_07, 1, 9", "CPU, G2026_07, 60, 150", "CPU, G2026_07, 300, 140",
        "REFERENCE, G2026_07, 7, 11"})
    void lossesAreThoseOfRowsWithThePromptInThem(Device device, GptConfig.Generation generation, int promptTokens, int length) {
        try (Model model = new Model(device, DType.F32, generation, promptTokens, false)) {
            Batch text = text(3, length);
            float[] expected = model.objective(model.whole, model.withPrompt(text)).losses(model.withPrompt(text));
            float[] actual = model.objective(model.behind, text).losses(text);
            for (int i = 0; i < actual.length; i++) {
                assertThat(actual[i]).as("position " + i).isCloseTo(expected[i / length * (promptTokens + length) + promptTokens + i
                        % length], within(1e-5f * Math.max(1, actual[i])));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(GptConfig.Generation.class)
    void gradientsAgreeWithCentralDifferences(GptConfig.Generation generation) {
        try (Model model = new Model(Device.REFERENCE, DType.F32, generation, 5, false)) {
            Batch batch = text(2, 9);
            NextToken objective = model.objective(model.behind, batch);
            objective.addGradients(batch, 1);
            objective.takeLoss();
            NormalParameters.gradientsAreThoseOfCentralDifferences(model.backend, model.parameters.all(), objective, batch);
        }
    }

    /// What the gradient leaves out is what goes through the keys and values of the prompt: nothing for what comes after the last of them.
    @ParameterizedTest
    @ValueSource(strings = {"lm_head.weight", "transformer.h.3.mlp.c_fc.weight", "transformer.h.3.mlp.c_proj.weight",
        "transformer.h.3.attn.c_q.weight", "transformer.h.3.attn.c_proj.weight"})
    void gradientsOfWhatNoKeyOfThePromptDependsOnAreThoseOfWholeRows(String parameter) {
        try (Model model = new Model(Device.CPU, DType.F32, GptConfig.Generation.G2026_07, 40, false)) {
            Batch text = text(3, 30);
            float[] expected = model.gradient(model.whole, model.withPrompt(text), parameter);
            float[] actual = model.gradient(model.behind, text, parameter);
            for (int i = 0; i < actual.length; i++) {
                assertThat(actual[i]).isCloseTo(expected[i], within(1e-6f));
            }
            assertThat(model.gradient(model.behind, text, "transformer.h.3.attn.c_k.weight")).isNotEqualTo(model.gradient(model.whole, model
                    .withPrompt(text), "transformer.h.3.attn.c_k.weight"));
        }
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "BF16"})
    void recomputingChangesNoBit(DType type) {
        try (Model keeping = new Model(Device.CPU, type, GptConfig.Generation.G2026_07, 20, false);
                Model again = new Model(Device.CPU, type, GptConfig.Generation.G2026_07, 20, true)) {
            for (String name : List.of("transformer.wte.weight", "transformer.h.0.attn.c_k.weight", "transformer.h.2.attn.c_v.weight")) {
                assertThat(again.gradient(again.behind, text(2, 9), name)).isEqualTo(keeping.gradient(keeping.behind, text(2, 9), name));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 70, 300})
    void theEngineAnswersBehindIt(int promptTokens) {
        try (Model model = new Model(Device.CPU, DType.F32, GptConfig.Generation.G2026_07, promptTokens, false)) {
            int[] tokens = text(1, 150).inputs();
            Tensor ids = model.backend.allocate(DType.I32, tokens.length);
            model.backend.write(ids, tokens);
            Tensor logits = model.backend.allocate(DType.F32, tokens.length, VOCABULARY);
            model.behind.logits(new Tape(model.backend, DType.F32), logits, ids, 1, tokens.length);
            float[] expected = model.backend.read(logits);
            try (Engine engine = Engine.of(model.behind, Optional.empty(), EngineOptions.of(WeightFormat.F32, 2));
                    KvCache cache = engine.gpt().newCache()) {
                assertThat(engine.maximumLength()).as("prompt and text are within the context").isEqualTo(CONTEXT - promptTokens);
                engine.gpt().score(cache.newSequence(), tokens, (index, row, at) -> {
                    for (int token = 0; token < VOCABULARY; token++) {
                        float wanted = expected[index * VOCABULARY + token];
                        assertThat(row.get(at, token)).isCloseTo(wanted, within(1e-5f * Math.max(1, Math.abs(wanted))));
                    }
                });
            }
        }
    }
}
