package nanochat.optim;

import nanochat.io.BadInputException;
import nanochat.io.Setting;
import nanochat.model.GptConfig;
import nanochat.model.ParameterCounts;

/// How long to train a model, in batches of what size, and how the hyper-parameters tuned on a model of depth 12 carry over to it
/// (docs/formulas.md#scaling-laws). The tokens worth training on grow with the parameters, the best batch with the tokens to the power 0.383
/// (arXiv 2505.13738), the learning rate with the root of the batch; the weight decay keeps B / (learning rate * decay * D) constant
/// (arXiv 2405.13698).
///
/// @param parameters N: matrices of the blocks and lm_head, see [ParameterCounts#scaling()]
/// @param referenceParameters the same of the model of depth 12
/// @param tokensPerParameter D / N that training aims at
public record ScalingLaws(long parameters, long referenceParameters, double tokensPerParameter) {
    /// D / N by default.
    public static final double DEFAULT_TOKENS_PER_PARAMETER = 12;
    /// The depth of the reference model.
    public static final int REFERENCE_DEPTH = 12;
    /// The best batch of the reference model, in tokens.
    public static final long REFERENCE_BATCH = 1 << 19;

    private static final double BATCH_EXPONENT = 0.383;

    public ScalingLaws {
        if (parameters < 1 || referenceParameters < 1) {
            throw new IllegalArgumentException("models without parameters: " + parameters + ", reference " + referenceParameters);
        }
        if (!(tokensPerParameter > 0 && tokensPerParameter < Double.POSITIVE_INFINITY)) {
            throw new BadInputException("target-param-data-ratio must be above 0, is " + tokensPerParameter);
        }
    }

    /// The laws for a model; `reference` is the model of [#REFERENCE_DEPTH] made with the same options otherwise.
    public static ScalingLaws of(GptConfig model, GptConfig reference, double tokensPerParameter) {
        return new ScalingLaws(ParameterCounts.of(model).scaling(), ParameterCounts.of(reference).scaling(), tokensPerParameter);
    }

    /// D, rounded down.
    public long targetTokens() {
        return (long) (tokensPerParameter * parameters);
    }

    /// The best batch in tokens, rounded to a power of 2.
    public long bestBatch() {
        double batch = REFERENCE_BATCH * Math.pow(targetTokens() / referenceTokens(), BATCH_EXPONENT);
        return 1L << (int) Math.rint(Math.log(batch) / Math.log(2));
    }

    /// Steps that see about D tokens; 0 when one batch is already more.
    public int iterations(long batch) {
        long wholeBatches = targetTokens() / batch;
        return steps(wholeBatches);
    }

    /// Steps that spend about `flops` on a model of this shape, to the nearest.
    public static int iterationsForFlops(double flops, long flopsPerToken, long batch) {
        return steps(Math.rint(flops / ((double) flopsPerToken * batch)));
    }

    private static int steps(double count) {
        if (!(count >= 0 && count <= Integer.MAX_VALUE)) {
            throw BadInputException.about("Training would take %.3g steps: lower %s or %s", count, new Setting("target_flops"),
                    new Setting("target_param_data_ratio"));
        }
        return (int) count;
    }

    /// The settings of the reference model carried over to this one, trained in batches of `batch` tokens.
    public OptimizerSettings carryOver(OptimizerSettings settings, long batch) {
        double learningRateScale = Math.sqrt(batch / (double) REFERENCE_BATCH);
        double weightDecay = settings.weightDecay() * learningRateScale * (referenceTokens() / targetTokens());
        return settings.withLearningRatesTimes(learningRateScale).withWeightDecay(weightDecay);
    }

    private double referenceTokens() {
        return tokensPerParameter * referenceParameters;
    }
}
