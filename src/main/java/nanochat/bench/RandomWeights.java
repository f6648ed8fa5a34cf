package nanochat.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import nanochat.engine.TensorSource;
import nanochat.engine.kernel.SourceTensor;
import nanochat.model.GptConfig;

/// Weights of a model that was never trained: uniform, of the size that keeps activations near one. Unlike start values of training no matrix is zero.
final class RandomWeights implements TensorSource {
    private final GptConfig config;
    private final long seed;

    RandomWeights(GptConfig config, long seed) {
        this.config = config;
        this.seed = seed;
    }

    @Override
    public SourceTensor tensor(String name) {
        int[] shape = shape(name);
        long size = 1;
        for (int dimension : shape) {
            size *= dimension;
        }
        MemorySegment values = Arena.ofAuto().allocate(4 * size, 4);
        SplittableRandom random = new SplittableRandom(seed ^ name.hashCode());
        float bound = (float) Math.sqrt(3.0 / shape[shape.length - 1]);
        for (long i = 0; i < size; i++) {
            values.setAtIndex(ValueLayout.JAVA_FLOAT, i, bound * ((random.nextInt() >> 8) * 0x1p-23f));
        }
        return new SourceTensor(name, values, shape);
    }

    private int[] shape(String name) {
        int width = config.embedding();
        int vocabulary = config.paddedVocabularySize();
        String kind = name.replaceAll("\\.\\d+\\.", ".").replaceAll("\\.weight$", "");
        return switch (kind) {
            case "transformer.wte", "lm_head" -> new int[]{vocabulary, width};
            case "value_embeds" -> new int[]{vocabulary, config.kvWidth()};
            case "transformer.h.attn.c_q", "transformer.h.attn.c_proj" -> new int[]{width, width};
            case "transformer.h.attn.c_k", "transformer.h.attn.c_v" -> new int[]{config.kvWidth(), width};
            case "transformer.h.attn.ve_gate" -> new int[]{config.kvHeads(), 12};
            case "transformer.h.mlp.c_fc" -> new int[]{4 * width, width};
            case "transformer.h.mlp.c_proj" -> new int[]{width, 4 * width};
            case "smear_gate" -> new int[]{1, 24};
            case "resid_lambdas", "x0_lambdas" -> new int[]{config.layers()};
            case "smear_lambda", "backout_lambda" -> new int[]{1};
            default -> throw new IllegalArgumentException("no such parameter: " + name);
        };
    }
}
