package nanochat.engine;

import java.util.Arrays;
import java.util.SplittableRandom;
import nanochat.engine.kernel.SourceTensor;
import nanochat.model.GptConfig;

/// Parameters of a model that was never trained, as the engine and the naive model load them: large enough that every part of the model shows in its
/// logits.
final class RandomTensors implements TensorSource {
    private final GptConfig config;
    private final long seed;

    RandomTensors(GptConfig config, long seed) {
        this.config = config;
        this.seed = seed;
    }

    static EngineWeights weights(GptConfig config, long seed, WeightFormat format) {
        return EngineWeights.load(config, format, new RandomTensors(config, seed), java.lang.foreign.Arena.ofAuto());
    }

    @Override
    public SourceTensor tensor(String name) {
        int[] shape = shape(name);
        SplittableRandom random = new SplittableRandom(seed + name.hashCode());
        float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        double bound = shape.length == 1 ? 1 : Math.sqrt(3.0 / shape[1]);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(shape.length == 1 ? 0.1 : -bound, bound);
        }
        return ReferenceWeights.tensor(name, values, shape);
    }

    private int[] shape(String name) {
        int width = config.embedding();
        int vocabulary = config.paddedVocabularySize();
        if (name.startsWith("value_embeds.")) {
            return new int[]{vocabulary, config.kvWidth()};
        }
        return switch (name.replaceAll("^transformer\\.h\\.\\d+\\.", "").replaceAll("\\.weight$", "")) {
            case "transformer.wte", "lm_head" -> new int[]{vocabulary, width};
            case "attn.c_q", "attn.c_proj" -> new int[]{width, width};
            case "attn.c_k", "attn.c_v" -> new int[]{config.kvWidth(), width};
            case "attn.ve_gate" -> new int[]{config.kvHeads(), 12};
            case "mlp.c_fc" -> new int[]{4 * width, width};
            case "mlp.c_proj" -> new int[]{width, 4 * width};
            case "smear_gate" -> new int[]{1, 24};
            case "resid_lambdas", "x0_lambdas" -> new int[]{config.layers()};
            case "smear_lambda", "backout_lambda" -> new int[]{1};
            default -> throw new IllegalArgumentException(name);
        };
    }
}
