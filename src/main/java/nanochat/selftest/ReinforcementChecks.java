package nanochat.selftest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptParameters;
import nanochat.objective.Advantages;
import nanochat.objective.AnswerPairs;
import nanochat.objective.LogProbabilities;
import nanochat.objective.Normalization;
import nanochat.objective.PolicyGradient;
import nanochat.objective.PolicyLoss;
import nanochat.objective.PolicyLoss.Surrogate;
import nanochat.objective.PreferenceLoss;
import nanochat.objective.Preferences;
import nanochat.objective.Rollouts;
import nanochat.selftest.ReinforcementCase.Result;
import nanochat.selftest.ReinforcementCase.Samples;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;

/// Runs a model through a recorded case of reinforcement: log-probabilities, and the loss, the gradient's norm and recorded gradients of each recipe.
final class ReinforcementChecks {
    /// A gradient that is this much smaller than the largest of all is rounding.
    private static final double NOTHING = 1e-7;
    /// A smaller loss is what is left of larger terms of either sign: its error is taken in parts of this.
    private static final double LEAST_LOSS = 0.1;
    private static final String CHOSEN = "chosen";
    private static final String REJECTED = "rejected";

    private final ReinforcementCase reference;
    private final Backend backend;
    private final Bounds bounds;
    private final GptParameters parameters;
    private final LogProbabilities model;
    private final List<Check> checks = new ArrayList<>();

    ReinforcementChecks(ReinforcementCase reference, Backend backend, DType computeType) {
        this.reference = reference;
        this.backend = backend;
        this.bounds = Bounds.of(computeType);
        this.parameters = new GptParameters(reference.config(), backend, computeType, true);
        reference.checkParameters(parameters);
        int positions = Math.max(reference.hasRollouts() ? size(reference.samples().batch()) : 1,
                reference.hasPairs() ? size(reference.answers(CHOSEN)) + size(reference.answers(REJECTED)) : 1);
        this.model = new LogProbabilities(new Gpt(parameters), new Tape(backend, computeType), positions);
    }

    private static int size(Batch batch) {
        return batch.rows() * batch.length();
    }

    List<Check> run() {
        load(ReinforcementCase.REFERENCE);
        Optional<float[]> rolloutReference = reference.hasRollouts()
                ? Optional.of(logProbabilities("rollouts.reference_log_probabilities", reference.samples().batch()))
                : Optional.empty();
        Optional<AnswerPairs> pairs = reference.hasPairs() ? Optional.of(pairs()) : Optional.empty();
        load(ReinforcementCase.POLICY);
        if (reference.hasRollouts()) {
            logProbabilities("rollouts.policy_log_probabilities", reference.samples().batch());
        }
        new TreeMap<>(reference.results()).forEach((recipe, result) -> {
            double loss = switch (recipe) {
                case "reinforce", "ppo-clip", "grpo", "dr-grpo", "dapo" -> ofRollouts(recipe, rolloutReference);
                case "dpo", "ipo" -> ofPairs(recipe, pairs);
                default -> throw reference.bad("has a result of '" + recipe
                        + "', which is none of reinforce, ppo-clip, grpo, dr-grpo, dapo, dpo, ipo");
            };
            compare(recipe, loss, result);
        });
        return checks;
    }

    private void load(String which) {
        parameters.all().forEach(parameter -> backend.write(parameter.value(), reference.values(which, parameter)));
        parameters.refresh();
    }

    /// The recorded log-probabilities where there are any, compared with the computed ones; else those.
    private float[] logProbabilities(String name, Batch batch) {
        float[] computed = model.of(batch);
        return reference.tensors().floats(name, batch.rows(), batch.length()).map(recorded -> {
            checks.add(Check.of(name, error(computed, recorded), bounds.logProbabilities()));
            return recorded;
        }).orElse(computed);
    }

    private static double error(float[] actual, float[] expected) {
        return Deviation.share(Deviation.largest(actual, expected), Deviation.largest(expected));
    }

    // ---- rewards ----

    private double ofRollouts(String recipe, Optional<float[]> rolloutReference) {
        if (rolloutReference.isEmpty()) {
            throw reference.bad("has a result of " + recipe + " but no rollouts");
        }
        Surrogate plain = new Surrogate.LogProbability();
        return switch (recipe) {
            case "reinforce" -> step(new PolicyLoss(plain, 0), new Advantages.Centred(), Normalization.TOKEN, false,
                    rolloutReference);
            case "ppo-clip" -> step(new PolicyLoss(clip(reference.clip()), 0), new Advantages.Centred(), Normalization.TOKEN,
                    false,
                    rolloutReference);
            case "grpo" -> step(new PolicyLoss(clip(reference.clip()), reference.klBeta()), standardised(), Normalization.ROW,
                    false, rolloutReference);
            case "dr-grpo" -> step(new PolicyLoss(clip(reference.clip()), 0), new Advantages.Centred(), Normalization.LENGTH, false,
                    rolloutReference);
            default -> step(new PolicyLoss(clip(reference.clipHigh()), 0), standardised(), Normalization.TOKEN, true,
                    rolloutReference);
        };
    }

    private Surrogate clip(double above) {
        return new Surrogate.ClippedRatio(reference.clip(), above);
    }

    private Advantages standardised() {
        return new Advantages.Standardised(reference.standardDeviationEpsilon());
    }

    /// @param informativeOnly whether groups of equal rewards are left out
    private double step(PolicyLoss loss, Advantages kind, Normalization normalization, boolean informativeOnly,
            Optional<float[]> rolloutReference) {
        Samples samples = reference.samples();
        Batch batch = samples.batch();
        int length = batch.length();
        float[] advantages = new float[size(batch)];
        int[] targets = batch.targets().clone();
        int group = reference.groupSize();
        for (int first = 0; first < batch.rows(); first += group) {
            double[] rewards = Arrays.copyOfRange(samples.rewards(), first, first + group);
            if (informativeOnly && Advantages.areEqual(rewards)) {
                Arrays.fill(targets, first * length, (first + group) * length, Batch.IGNORED);
            }
            double[] each = kind.of(rewards);
            for (int row = 0; row < group; row++) {
                Arrays.fill(advantages, (first + row) * length, (first + row + 1) * length, (float) each[row]);
            }
        }
        Batch counted = new Batch(batch.rows(), length, batch.inputs(), targets);
        int[] tokens = IntStream.range(0, batch.rows()).map(row -> targetsOf(counted, row)).toArray();
        PolicyGradient objective = new PolicyGradient(model, loss);
        objective.addGradients(new Rollouts(counted, advantages, normalization.shares(tokens, reference.drGrpoLength()), samples.old(),
                rolloutReference));
        return objective.takeStatistics().loss();
    }

    private static int targetsOf(Batch batch, int row) {
        return (int) IntStream.range(row * batch.length(), (row + 1) * batch.length()).filter(i -> batch.targets()[i] != Batch.IGNORED)
                .count();
    }

    // ---- preferences ----

    private double ofPairs(String recipe, Optional<AnswerPairs> pairs) {
        AnswerPairs all = pairs.orElseThrow(() -> reference.bad("has a result of " + recipe + " but no pairs"));
        PreferenceLoss.Kind kind = recipe.equals("ipo") ? PreferenceLoss.Kind.IPO : PreferenceLoss.Kind.DPO;
        Preferences objective = new Preferences(model, new PreferenceLoss(kind, reference.dpoBeta()));
        objective.addGradients(all, all.count());
        return objective.takeStatistics().loss();
    }

    /// Chosen and rejected answers in turn, in rows as long as the longer of both; the weights are the reference's.
    private AnswerPairs pairs() {
        Batch chosen = reference.answers(CHOSEN);
        Batch rejected = reference.answers(REJECTED);
        reference.tensors().check(chosen.rows() == rejected.rows(), "has " + chosen.rows() + " chosen answers and " + rejected.rows()
                + " rejected ones");
        int length = Math.max(chosen.length(), rejected.length());
        int[] inputs = new int[2 * chosen.rows() * length];
        int[] targets = new int[inputs.length];
        Arrays.fill(targets, Batch.IGNORED);
        float[] chosenReference = answerReference(CHOSEN, chosen);
        float[] rejectedReference = answerReference(REJECTED, rejected);
        double[] sums = new double[2 * chosen.rows()];
        for (int pair = 0; pair < chosen.rows(); pair++) {
            copy(chosen, pair, inputs, targets, 2 * pair * length);
            copy(rejected, pair, inputs, targets, (2 * pair + 1) * length);
            sums[2 * pair] = chosenReference[pair];
            sums[2 * pair + 1] = rejectedReference[pair];
        }
        return new AnswerPairs(new Batch(2 * chosen.rows(), length, inputs, targets), chosen.rows(), sums);
    }

    private static void copy(Batch from, int row, int[] inputs, int[] targets, int to) {
        System.arraycopy(from.inputs(), row * from.length(), inputs, to, from.length());
        System.arraycopy(from.targets(), row * from.length(), targets, to, from.length());
    }

    private float[] answerReference(String half, Batch batch) {
        double[] sums = Preferences.sums(batch, model.of(batch));
        float[] computed = new float[sums.length];
        for (int i = 0; i < sums.length; i++) {
            computed[i] = (float) sums[i];
        }
        return reference.answerReference(half, batch.rows()).map(recorded -> {
            checks.add(Check.of("pairs." + half + ".reference", error(computed, recorded), bounds.logProbabilities()));
            return recorded;
        }).orElse(computed);
    }

    // ---- what came out ----

    private void compare(String recipe, double loss, Result result) {
        checks.add(Check.of(recipe + ".loss", Math.abs(loss - result.loss()) / Math.max(Math.abs(result.loss()), LEAST_LOSS), bounds
                .signedLosses()));
        double squares = 0;
        double largest = 0;
        for (Parameter parameter : parameters.all()) {
            double norm = Deviation.norm(backend.read(parameter.gradient()));
            squares += norm * norm;
            largest = Math.max(largest, reference.tensors().floats(gradient(recipe, parameter), parameter.value().shape()).map(
                    Deviation::largest).orElse(0.0));
        }
        checks.add(Check.of(recipe + ".gradient_norm", Deviation.share(Math.abs(Math.sqrt(squares) - result.gradientNorm()), result
                .gradientNorm()), bounds.signedLosses()));
        for (Parameter parameter : parameters.all()) {
            String name = gradient(recipe, parameter);
            double least = NOTHING * largest;
            reference.tensors().floats(name, parameter.value().shape()).ifPresent(expected -> checks.add(Check.of(name, bounds
                    .gradientError(
                            backend.read(parameter.gradient()), expected, least), bounds.gradients())));
            backend.zero(parameter.gradient());
        }
    }

    private static String gradient(String recipe, Parameter parameter) {
        return recipe + ".grad." + parameter.name();
    }
}
