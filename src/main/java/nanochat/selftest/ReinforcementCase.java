package nanochat.selftest;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import nanochat.data.Batch;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import nanochat.model.GptConfig.Generation;
import nanochat.model.GptConfigFields;
import nanochat.model.GptParameters;
import nanochat.tensor.Parameter;

/// A recorded case of the kind `reinforcement`: a model and its reference, what it sampled and what that was worth, pairs of answers, and what each
/// recipe made of them.
final class ReinforcementCase implements AutoCloseable {
    static final String KIND = "reinforcement";
    static final String POLICY = "policy.";
    static final String REFERENCE = "reference.";
    private static final String OLD = "rollouts.old_log_probabilities";

    /// The `case.json`. Numbers that no recorded recipe needs may be missing.
    ///
    /// @param groupSize answers to one question, which stand in rows one after another
    /// @param clip how far a ratio may be from 1
    /// @param clipHigh how far above it where there is more room
    /// @param drGrpoLength tokens that a row is taken to have
    /// @param results by recipe
    record Fields(GptConfigFields config, Optional<Integer> groupSize, Optional<Double> clip, Optional<Double> clipHigh,
            Optional<Double> klBeta, Optional<Double> standardDeviationEpsilon, Optional<Integer> drGrpoLength, Optional<Double> dpoBeta,
            Map<String, Result> results) {}

    /// What a recipe made of it.
    ///
    /// @param gradientNorm over all parameters
    record Result(double loss, double gradientNorm) {}

    /// What was sampled.
    ///
    /// @param rewards of each row
    /// @param old log-probability of each target when it was sampled
    record Samples(Batch batch, double[] rewards, float[] old) {}

    private final Fields fields;
    private final CaseTensors tensors;
    private final GptConfig config;

    ReinforcementCase(Path folder, Fields fields) {
        this.fields = fields;
        this.tensors = new CaseTensors(folder);
        try {
            this.config = fields.config().toConfig(Generation.of(name -> tensors.contains(POLICY + name)));
        } catch (RuntimeException e) {
            tensors.close();
            throw e;
        }
    }

    GptConfig config() {
        return config;
    }

    CaseTensors tensors() {
        return tensors;
    }

    Map<String, Result> results() {
        return fields.results();
    }

    void checkParameters(GptParameters parameters) {
        tensors.checkParameters(POLICY, parameters);
        tensors.checkParameters(REFERENCE, parameters);
    }

    /// The values of a parameter of one of the two models.
    float[] values(String model, Parameter parameter) {
        return tensors.values(model, parameter);
    }

    boolean hasRollouts() {
        return tensors.contains("rollouts.inputs");
    }

    Samples samples() {
        Batch batch = tensors.batch("rollouts", config);
        int size = groupSize();
        tensors.check(size > 0 && batch.rows() % size == 0, "has " + batch.rows() + " rows, which are not groups of " + size);
        float[] rewards = tensors.requiredFloats("rollouts.rewards", batch.rows() / size, size);
        double[] each = new double[rewards.length];
        for (int i = 0; i < rewards.length; i++) {
            each[i] = rewards[i];
        }
        return new Samples(batch, each, tensors.requiredFloats(OLD, batch.rows(), batch.length()));
    }

    boolean hasPairs() {
        return tensors.contains("pairs.chosen.inputs");
    }

    /// @param half `chosen` or `rejected`
    Batch answers(String half) {
        return tensors.batch("pairs." + half, config);
    }

    /// The summed log-probabilities of these answers under the reference, where they were recorded.
    Optional<float[]> answerReference(String half, int rows) {
        return tensors.floats("pairs." + half + ".reference", rows);
    }

    int groupSize() {
        return needed(fields.groupSize(), "group_size");
    }

    double clip() {
        return needed(fields.clip(), "clip");
    }

    double clipHigh() {
        return needed(fields.clipHigh(), "clip_high");
    }

    double klBeta() {
        return needed(fields.klBeta(), "kl_beta");
    }

    double standardDeviationEpsilon() {
        return needed(fields.standardDeviationEpsilon(), "standard_deviation_epsilon");
    }

    int drGrpoLength() {
        return needed(fields.drGrpoLength(), "dr_grpo_length");
    }

    double dpoBeta() {
        return needed(fields.dpoBeta(), "dpo_beta");
    }

    private <T> T needed(Optional<T> field, String name) {
        return field.orElseThrow(() -> bad("has no " + name + " in its case.json"));
    }

    BadInputException bad(String problem) {
        return tensors.bad(problem);
    }

    @Override
    public void close() {
        tensors.close();
    }
}
