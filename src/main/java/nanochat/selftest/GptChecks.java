package nanochat.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import nanochat.data.Batch;
import nanochat.model.Flops;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptConfig.Generation;
import nanochat.model.GptParameters;
import nanochat.model.ParameterCounts;
import nanochat.model.ParameterNames;
import nanochat.objective.NextToken;
import nanochat.objective.Objective;
import nanochat.optim.MuonAdamW;
import nanochat.optim.ParameterGroup;
import nanochat.optim.ScheduleValues;
import nanochat.selftest.GptCaseFields.Greedy;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;

/// Runs a model through everything that was recorded of it: forward, loss, gradients, updates, generation.
final class GptChecks {
    /// At most one element in a thousand of the updated parameters may be off by more than this, in parts of its tensor's largest...
    private static final double FINE = 1e-3;
    private static final double SHARE_BEYOND_FINE = 1e-3;
    /// ...and none by more than this. Cautious decay asks for the sign of an update, and where that is almost zero rounding turns it.
    private static final double COARSE = 2e-2;
    /// A gradient that is this much smaller than the largest of all is rounding.
    private static final double NOTHING = 1e-7;

    private final GptCase reference;
    private final GptConfig config;
    private final Backend backend;
    private final DType computeType;
    private final Bounds bounds;
    private final GptParameters parameters;
    private final Gpt gpt;
    private final Tape tape;
    private final List<Check> checks = new ArrayList<>();

    GptChecks(GptCase reference, Backend backend, DType computeType) {
        this.reference = reference;
        this.config = reference.config();
        this.backend = backend;
        this.computeType = computeType;
        this.bounds = Bounds.of(computeType);
        this.parameters = new GptParameters(config, backend, computeType, true);
        reference.checkParameters(parameters);
        int generated = reference.greedy().map(greedy -> greedy.prompt().size() + greedy.generated().size()).orElse(0);
        this.gpt = new Gpt(parameters, Math.max(config.sequenceLength(), generated));
        this.tape = new Tape(backend, computeType);
    }

    List<Check> run() {
        configuration();
        for (Parameter parameter : parameters.all()) {
            backend.write(parameter.value(), reference.initial(parameter));
        }
        parameters.refresh();
        List<Batch> steps = reference.steps();
        if (!steps.isEmpty()) {
            forward(steps.getFirst());
        }
        boolean updatedFirst = config.generation() == Generation.G2026_07;
        if (!updatedFirst) {
            greedy();
        }
        train(steps);
        if (updatedFirst) {
            greedy();
        }
        return checks;
    }

    private void configuration() {
        reference.fields().paramCounts().ifPresent(recorded -> {
            ParameterCounts counts = ParameterCounts.of(config);
            Map<String, Long> known = Map.of("wte", counts.wte(), "value_embeds", counts.valueEmbeds(), "lm_head", counts.lmHead(),
                    "transformer_matrices", counts.transformerMatrices(), "scalars", counts.scalars(), "total", counts.total());
            long wrong = recorded.entrySet().stream()
                    .filter(entry -> known.containsKey(entry.getKey()) && !known.get(entry.getKey()).equals(entry.getValue())).count();
            checks.add(Check.exact("param_counts", wrong));
        });
        reference.fields().flopsPerToken()
                .ifPresent(recorded -> checks.add(Check.exact("flops_per_token", Math.abs(recorded - Flops.perToken(config)))));
        reference.fields().windowSizes().ifPresent(recorded -> {
            List<Integer> windows = IntStream.range(0, config.layers()).mapToObj(config::window).toList();
            checks.add(Check.exact("window_sizes", differing(windows, recorded)));
        });
    }

    private void forward(Batch step) {
        Tensor ids = ids(step.inputs());
        reference.floats("logits", step.rows(), step.length(), config.vocabularySize()).ifPresent(expected -> {
            Tensor logits = backend.allocate(DType.F32, step.rows() * step.length(), config.vocabularySize());
            gpt.logits(tape, logits, ids, step.rows(), step.length());
            checks.add(Check.of("logits", error(backend.read(logits), expected), bounds.logits()));
        });
        reference.floats("loss_none", step.rows(), step.length()).ifPresent(expected -> {
            checks.add(Check.of("loss_none", error(objective(step).losses(step), expected), bounds.losses()));
        });
    }

    private static double error(float[] actual, float[] expected) {
        return Deviation.share(Deviation.largest(actual, expected), Deviation.largest(expected));
    }

    private void train(List<Batch> steps) {
        List<ParameterGroup> groups = reference.groups(parameters);
        MuonAdamW optimizer = new MuonAdamW(backend, groups);
        for (int number = 0; number < steps.size(); number++) {
            double loss = lossAndGradients(steps.get(number));
            if (number < reference.losses().size()) {
                double expected = reference.losses().get(number);
                checks.add(Check.of("loss.step" + number, Deviation.share(Math.abs(loss - expected), expected), bounds.losses()));
            }
            if (number == 0) {
                gradients();
            }
            if (groups.isEmpty()) {
                parameters.all().forEach(parameter -> backend.zero(parameter.gradient()));
            } else {
                optimizer.step(new ScheduleValues(1, reference.muonMomentum(number), 1));
                if (computeType == DType.F32) {
                    updatedParameters("after" + (number + 1));
                }
            }
        }
    }

    /// The mean loss over the targets that count.
    private double lossAndGradients(Batch step) {
        Objective objective = objective(step);
        objective.addGradients(step, 1);
        return objective.takeLoss();
    }

    private Objective objective(Batch step) {
        return new NextToken(gpt, tape, step.rows(), step.length());
    }

    private void gradients() {
        double largest = parameters.all().stream().flatMap(parameter -> reference.floats("grad." + parameter.name(),
                parameter.value().shape()).stream()).mapToDouble(Deviation::largest).max().orElse(0);
        for (Parameter parameter : parameters.all()) {
            String name = "grad." + parameter.name();
            double least = isZeroButForRounding(parameter) ? largest : NOTHING * largest;
            reference.floats(name, parameter.value().shape()).ifPresent(expected -> checks.add(Check.of(name,
                    bounds.gradientError(backend.read(parameter.gradient()), expected, least), bounds.gradients())));
        }
    }

    /// With one or two layers the stream that backout_lambda takes away is the one that it is taken from: that changes only its size, and
    /// the last norm takes out the size.
    private boolean isZeroButForRounding(Parameter parameter) {
        return parameter.name().equals(ParameterNames.BACKOUT_LAMBDA) && config.backoutLayer() == config.layers() - 1;
    }

    private void updatedParameters(String prefix) {
        long elements = 0;
        long beyond = 0;
        double worst = 0;
        for (Parameter parameter : parameters.all()) {
            var recorded = reference.floats(prefix + "." + parameter.name(), parameter.value().shape());
            if (recorded.isPresent()) {
                float[] expected = recorded.get();
                float[] actual = backend.read(parameter.value());
                elements += expected.length;
                beyond += Deviation.beyond(FINE * Deviation.largest(expected), actual, expected);
                worst = Math.max(worst, error(actual, expected));
            }
        }
        if (elements > 0) {
            checks.add(Check.of(prefix + ".share_beyond_1e-3", beyond / (double) elements, SHARE_BEYOND_FINE));
            checks.add(Check.of(prefix + ".worst", worst, COARSE));
        }
    }

    /// The whole row is computed for every token; what stands behind a position changes nothing at it.
    private void greedy() {
        if (computeType != DType.F32 || reference.greedy().isEmpty()) {
            return;
        }
        Greedy greedy = reference.greedy().get();
        int prompt = greedy.prompt().size();
        int[] row = new int[prompt + greedy.generated().size()];
        for (int i = 0; i < prompt; i++) {
            row[i] = greedy.prompt().get(i);
        }
        Tensor ids = ids(row);
        Tensor logits = backend.allocate(DType.F32, row.length, config.vocabularySize());
        List<Integer> generated = new ArrayList<>();
        for (int position = prompt; position < row.length; position++) {
            gpt.logits(tape, logits, ids, 1, row.length);
            row[position] = mostLikely(backend.read(logits), (position - 1) * config.vocabularySize());
            generated.add(row[position]);
            backend.write(ids, row);
        }
        checks.add(Check.exact("greedy", differing(generated, greedy.generated())));
    }

    /// The first index of the largest of the V logits from `start` on.
    private int mostLikely(float[] logits, int start) {
        int best = 0;
        for (int token = 1; token < config.vocabularySize(); token++) {
            if (logits[start + token] > logits[start + best]) {
                best = token;
            }
        }
        return best;
    }

    private Tensor ids(int[] values) {
        Tensor ids = backend.allocate(DType.I32, values.length);
        backend.write(ids, values);
        return ids;
    }

    private static long differing(List<Integer> actual, List<Integer> expected) {
        int both = Math.min(actual.size(), expected.size());
        return Math.max(actual.size(), expected.size()) - both
                + IntStream.range(0, both).filter(i -> !Objects.equals(actual.get(i), expected.get(i))).count();
    }
}
