package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import nanochat.engine.kernel.Rows;
import nanochat.engine.kernel.Workers;
import nanochat.model.ReferenceCase;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Logits and greedy tokens of the original, recorded in the reference cases.
class InferenceGptReferenceTest {
    private static final float RELATIVE_BOUND = 1e-5f;

    static Stream<ReferenceCase> cases() {
        return Stream.of(ReferenceCase.tiny(), ReferenceCase.odd(), ReferenceCase.older());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logitsAreThoseOfTheOriginal(ReferenceCase recorded) {
        float[] expected = recorded.floats("logits");
        int vocabulary = recorded.config().vocabularySize();
        float largest = 0;
        for (float logit : expected) {
            largest = Math.max(largest, Math.abs(logit));
        }
        int[] shape = recorded.shape("step0.inputs");
        int[] inputs = recorded.ints("step0.inputs");
        EngineWeights weights = ReferenceWeights.load(recorded, "param", WeightFormat.F32);
        float[] worst = {0};
        try (Workers workers = new Workers(2);
                InferenceGpt gpt = new InferenceGpt(weights, workers, shape[1]);
                KvCache cache = gpt.newCache()) {
            for (int row = 0; row < shape[0]; row++) {
                int start = row * shape[1];
                Sequence sequence = cache.newSequence();
                gpt.score(sequence, java.util.Arrays.copyOfRange(inputs, start, start + shape[1]), (index, logits, logitRow) -> {
                    for (int token = 0; token < vocabulary; token++) {
                        worst[0] = Math.max(worst[0],
                                Math.abs(logits.get(logitRow, token) - expected[(start + index) * vocabulary + token]));
                    }
                });
                sequence.release();
            }
        }
        assertThat(worst[0]).isLessThan(RELATIVE_BOUND * largest);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void greedyTokensAreThoseOfTheOriginal(ReferenceCase recorded) {
        boolean older = recorded.config().windowPattern().equals("L") && !recorded.json().has("param_groups");
        JsonNode greedy = recorded.json().get("greedy");
        int[] prompt = greedy.get("prompt").valueStream().mapToInt(JsonNode::asInt).toArray();
        int[] expected = greedy.get("generated").valueStream().mapToInt(JsonNode::asInt).toArray();
        EngineWeights weights = ReferenceWeights.load(recorded, older ? "param" : "after3", WeightFormat.F32);
        int[] generated = new int[expected.length];
        try (Workers workers = new Workers(2);
                InferenceGpt gpt = new InferenceGpt(weights, workers, prompt.length + expected.length);
                KvCache cache = gpt.newCache()) {
            Sequence sequence = cache.newSequence();
            gpt.prefill(sequence, prompt, 0, prompt.length);
            for (int i = 0; i < generated.length; i++) {
                generated[i] = argmax(gpt.logits());
                gpt.decode(new Sequence[]{sequence}, new int[]{generated[i]}, 1);
            }
        }
        assertThat(generated).containsExactly(expected);
    }

    private static int argmax(Rows logits) {
        int best = 0;
        for (int token = 1; token < logits.width(); token++) {
            if (logits.get(0, token) > logits.get(0, best)) {
                best = token;
            }
        }
        return best;
    }
}
