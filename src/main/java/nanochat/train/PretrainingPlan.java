package nanochat.train;

import static nanochat.train.RunSettings.EVALUATION_TOKENS;
import static nanochat.train.RunSettings.ITERATIONS;
import static nanochat.train.RunSettings.ROWS;
import static nanochat.train.RunSettings.SEQUENCE_LENGTH;
import static nanochat.train.RunSettings.TARGET_FLOPS;
import static nanochat.train.RunSettings.TOKENS_PER_PARAMETER;
import static nanochat.train.RunSettings.TOTAL_BATCH;
import static nanochat.train.RunSettings.WARMUP_STEPS;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import nanochat.data.BatchLayout;
import nanochat.io.BadInputException;
import nanochat.io.Progress;
import nanochat.io.Setting;
import nanochat.model.GptConfig;
import nanochat.model.ParameterCounts;
import nanochat.objective.ObjectiveChoice;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.PretrainingSchedule;
import nanochat.optim.ScalingLaws;
import nanochat.tensor.DType;
import nanochat.train.PretrainingOptions.BatchSizes;
import nanochat.train.PretrainingOptions.Cadence;
import nanochat.train.PretrainingOptions.Horizon;
import nanochat.train.PretrainingOptions.ModelDials;

/// Everything that decides a pretraining run.
///
/// @param config with the tokens that the objective adds
/// @param objective the next token where a checkpoint does not say
/// @param layout of the micro-batches
/// @param microSteps micro-batches of one step
/// @param settings of the optimizer, carried over to this model and batch
/// @param cadence with nothing unset but what shall never happen
/// @param compute the type of matrix products
/// @param seed of the model's initial weights, and of what the objective hides
/// @param recompute false where a checkpoint does not say
public record PretrainingPlan(GptConfig config, ObjectiveChoice objective, BatchLayout layout, int microSteps, OptimizerSettings settings,
        PretrainingSchedule schedule, Cadence cadence, DType compute, long seed, @JsonSetter(nulls = Nulls.AS_EMPTY) boolean recompute)
        implements
            RunPlan {
    /// How many total batches one validation takes where nothing else was said: beside 250 steps of training it costs about 5%.
    public static final int EVALUATED_BATCHES = 40;

    public PretrainingPlan {
        objective = Objects.requireNonNullElse(objective, ObjectiveChoice.nextToken());
    }

    /// Works out the run of these options with a vocabulary of this size.
    ///
    /// @throws BadInputException when the options do not fit together; the message names them
    public static PretrainingPlan of(PretrainingOptions options, int vocabularySize) {
        GptConfig config = config(options, options.model().depth(), vocabularySize);
        GptConfig reference = config(options, ScalingLaws.REFERENCE_DEPTH, vocabularySize);
        double ratio = options.horizon().tokensPerParameter();
        ScalingLaws laws = ScalingLaws.of(config, reference, ratio > 0 ? ratio : ScalingLaws.DEFAULT_TOKENS_PER_PARAMETER);
        options.objective().checkPacking(options.packing());
        BatchLayout layout = new BatchLayout(options.packing(), options.batch().rows(), config.sequenceLength());
        int microSteps = microSteps(options.batch(), layout, laws);
        long totalBatch = (long) microSteps * layout.rows() * layout.length();
        PretrainingSchedule schedule = new PretrainingSchedule(iterations(options, config, laws, totalBatch),
                options.warmth().warmupSteps(), options.warmth().warmdownRatio(), options.warmth().finalLearningRateFraction());
        return new PretrainingPlan(config, options.objective(), layout, microSteps, laws.carryOver(options.settings(), totalBatch),
                schedule,
                resolve(options.cadence(), totalBatch), options.compute(), options.seed(), false);
    }

    @Override
    public PretrainingPlan withRecompute(boolean wanted) {
        return new PretrainingPlan(config, objective, layout, microSteps, settings, schedule, cadence, compute, seed, wanted);
    }

    private static GptConfig config(PretrainingOptions options, int depth, int vocabularySize) {
        ModelDials model = options.model();
        ObjectiveChoice objective = options.objective();
        objective.checkLength(model.sequenceLength());
        return GptConfig.ofDepth(depth, model.aspectRatio(), model.headSize(), model.sequenceLength(), vocabularySize + objective
                .extraTokens(), objective.seesWholeRow() ? GptConfig.WHOLE_CONTEXT : model.windowPattern());
    }

    private static int microSteps(BatchSizes batch, BatchLayout layout, ScalingLaws laws) {
        int microBatch = Math.multiplyExact(layout.rows(), layout.length());
        if (batch.totalTokens() == PretrainingOptions.UNSET) {
            return Math.toIntExact(Math.max(1, Math.round((double) laws.bestBatch() / microBatch)));
        }
        if (batch.totalTokens() < 1 || batch.totalTokens() % microBatch != 0) {
            throw BadInputException.about("%s %d is not a multiple of %s %d x %s %d = %d tokens. Nearest that fits: %d", TOTAL_BATCH,
                    batch.totalTokens(), ROWS, layout.rows(), SEQUENCE_LENGTH, layout.length(), microBatch,
                    nearest(batch.totalTokens(), microBatch));
        }
        return batch.totalTokens() / microBatch;
    }

    /// The multiple of `unit` nearest to `wanted`, not 0 and not beyond what a step can have.
    private static int nearest(int wanted, int unit) {
        return Math.clamp(Math.round((double) wanted / unit), 1, Integer.MAX_VALUE / unit) * unit;
    }

    private static int iterations(PretrainingOptions options, GptConfig config, ScalingLaws laws, long totalBatch) {
        Horizon horizon = options.horizon();
        check(ITERATIONS, horizon.iterations());
        check(TARGET_FLOPS, horizon.targetFlops());
        check(TOKENS_PER_PARAMETER, horizon.tokensPerParameter());
        if (horizon.iterations() > 0) {
            return horizon.iterations();
        }
        if (horizon.targetFlops() > 0) {
            return ScalingLaws.iterationsForFlops(horizon.targetFlops(), options.objective().flopsPerToken(config), totalBatch);
        }
        if (horizon.tokensPerParameter() > 0) {
            return laws.iterations(totalBatch);
        }
        throw BadInputException.about("How long to train? One of %s, %s and %s must be above 0", ITERATIONS, TARGET_FLOPS,
                TOKENS_PER_PARAMETER);
    }

    private static void check(Setting setting, Number value) {
        double number = value.doubleValue();
        if (!(number > 0 && number < Double.POSITIVE_INFINITY) && number != PretrainingOptions.UNSET) {
            throw BadInputException.about("%s must be above 0, or %d for unused; is %s", setting, PretrainingOptions.UNSET,
                    value);
        }
    }

    private static Cadence resolve(Cadence cadence, long totalBatch) {
        long tokens = cadence.evaluationTokens() == PretrainingOptions.UNSET ? EVALUATED_BATCHES * totalBatch : cadence.evaluationTokens();
        RunSettings.atLeast(1, tokens, EVALUATION_TOKENS);
        return new Cadence(cadence.evaluateEvery(), tokens, cadence.sampleEvery(), cadence.saveEvery());
    }

    @Override
    public BadInputException diverged(int step, double loss, String saved) {
        return BadInputException.about("The loss is %s at step %d: training has diverged. Lower the learning rates, or raise %s; %s",
                loss, step, WARMUP_STEPS, saved);
    }

    @Override
    public long flopsPerToken() {
        return objective.flopsPerToken(config);
    }

    @Override
    public int iterations() {
        return schedule.iterations();
    }

    @Override
    public long totalBatch() {
        return (long) microSteps * layout.rows() * layout.length();
    }

    @Override
    public List<String> describe() {
        ParameterCounts counts = ParameterCounts.of(config);
        double tokens = (double) totalBatch() * iterations();
        String predicted = switch (objective) {
            case ObjectiveChoice.OfNextToken(int recurrence) -> recurrence == 0
                    ? ""
                    : "; every row sees the last " + recurrence + " tokens of the row before";
            case ObjectiveChoice.OfMultiToken(int heads) -> String.format(Locale.ROOT,
                    "; objective %s, %d heads that each predict %.0f%% of the tokens", objective.title(), heads, 100 * objective
                            .predictedShare());
            case ObjectiveChoice.OfJepa(double rate) -> String.format(Locale.ROOT,
                    "; objective %s, which sees the whole row in every layer and"
                            + " predicts what a teacher makes of %.0f%% of the tokens", objective.title(), 100 * rate);
            case ObjectiveChoice.OfNextTokenJepa(double rate, double _) -> String.format(Locale.ROOT,
                    "; objective %s, which predicts every token"
                            + " and, in a second pass, what a teacher makes of %.0f%% of them", objective.title(), 100 * rate);
            case ObjectiveChoice.OfBlockDiffusion(int size) -> String.format(Locale.ROOT, "; objective %s, which reads every row twice and"
                    + " predicts %.0f%% of the tokens in blocks of %d", objective.title(), 100 * objective.predictedShare(), size);
            case ObjectiveChoice.OfMasked _,ObjectiveChoice.OfPrefix _,ObjectiveChoice.OfUl2 _,ObjectiveChoice.OfDiffusion _,ObjectiveChoice.OfGaussianDiffusion _ ->
                String
                        .format(
                                Locale.ROOT, "; objective %s, which sees the whole row in every layer and predicts %.0f%% of the tokens",
                                objective.title(),
                                100 * objective.predictedShare());
        };
        return List.of(
                String.format(Locale.ROOT,
                        "Model: %d layers, width %d, %d heads of %d, context %d, vocabulary %d: %s parameters, computed in %s%s",
                        config.layers(), config.embedding(), config.heads(), config.headSize(), config.sequenceLength(), config
                                .vocabularySize(),
                        Progress.count(counts.total()), compute.name().toLowerCase(Locale.ROOT), predicted),
                String.format(Locale.ROOT,
                        "Training: %d steps of %d tokens (%d x %d x %d), %s tokens in all, %s for each scaling parameter, %s FLOPs",
                        iterations(), totalBatch(), microSteps, layout.rows(), layout.length(), Progress.count(tokens),
                        String.format(Locale.ROOT, "%.2f", tokens / counts.scaling()),
                        String.format(Locale.ROOT, "%.2e", tokens * flopsPerToken())),
                String.format(Locale.ROOT,
                        "Learning rates: embedding %.4g, unembedding %.4g, matrices %.4g, scalars %.4g; weight decay %.4g",
                        settings.embeddingLr(), settings.unembeddingLr(), settings.matrixLr(), settings.scalarLr(),
                        settings.weightDecay()));
    }
}
