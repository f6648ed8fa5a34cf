package nanochat.train;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.List;
import java.util.Locale;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.checkpoint.StoredModel;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import nanochat.objective.PreferenceLoss;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.ReinforcementSchedule;
import nanochat.task.PreferencePairs;
import nanochat.tensor.DType;

/// Everything that decides a run that learns from preferences.
///
/// @param startStage the stage of the model that it begins with, which is also the reference
/// @param startStep of its checkpoint
/// @param rows of one micro-batch, where they are as long as the context
/// @param settings of the optimizer, those of the stages before
/// @param compute the type of matrix products
/// @param recompute false where a checkpoint does not say
public record PreferencePlan(GptConfig config, ModelStage startStage, int startStep, PreferenceLoss loss, int pairsPerStep, int rows,
        OptimizerSettings settings, ReinforcementSchedule schedule, int evaluateEvery, int saveEvery, long seed, DType compute,
        @JsonSetter(nulls = Nulls.AS_EMPTY) boolean recompute) implements RunPlan {
    /// Of the meta file that a run of any stage leaves.
    private record StartMeta(StartPlan plan) {}

    private record StartPlan(OptimizerSettings settings) {}

    /// Works out the run that goes on from a model.
    ///
    /// @throws BadInputException when the options do not fit it; the message names them
    public static PreferencePlan of(PreferenceOptions options, ModelChoice start, PreferencePairs pairs) {
        RunSettings.atLeast(1, options.epochs(), RunSettings.EPOCHS);
        RunSettings.atLeast(1, options.pairsPerStep(), RunSettings.PAIRS_PER_STEP);
        if (options.rows() < 2 || options.rows() % 2 != 0) {
            throw BadInputException.about("%s must be even, two rows make a pair; it is %d", RunSettings.ROWS, options.rows());
        }
        long all = (long) pairs.trainingSize() * options.epochs();
        int iterations = options.iterations().orElseGet(() -> Math.toIntExact(Math.max(1, all / options.pairsPerStep())));
        OptimizerSettings settings = start.checkpoints().readMeta(start.step(), StartMeta.class).plan().settings();
        return new PreferencePlan(config(start), start.stage(), start.step(), options.loss(), options.pairsPerStep(), options.rows(),
                settings
                        .withWeightDecay(0), new ReinforcementSchedule(iterations, options.initialLearningRateFraction()), options
                                .evaluateEvery(),
                options.saveEvery(), options.seed(), options.compute(), false);
    }

    private static GptConfig config(ModelChoice start) {
        try (StoredModel stored = StoredModel.open(start.checkpoints(), start.step())) {
            return stored.config();
        }
    }

    @Override
    public PreferencePlan withRecompute(boolean wanted) {
        return new PreferencePlan(config, startStage, startStep, loss, pairsPerStep, rows, settings, schedule, evaluateEvery, saveEvery,
                seed,
                compute, wanted);
    }

    /// Tokens of a micro-batch, padding included.
    int positions() {
        return rows * config.sequenceLength();
    }

    @Override
    public int iterations() {
        return schedule.iterations();
    }

    /// At most: answers may be shorter.
    @Override
    public long totalBatch() {
        return 2L * pairsPerStep * config.sequenceLength();
    }

    @Override
    public BadInputException diverged(int step, double found, String saved) {
        return BadInputException.about("The loss is %s at step %d: learning from preferences has diverged. Lower %s; %s", found, step,
                RunSettings.INITIAL_LEARNING_RATE_FRACTION, saved);
    }

    /// The loss with its beta.
    public String lossInWords() {
        return switch (loss.kind()) {
            case DPO -> "DPO";
            case DPO_NORM -> "DPO by the mean over an answer's tokens";
            case IPO -> "IPO";
        } + ", beta " + loss.beta();
    }

    @Override
    public List<String> describe() {
        return List.of(String.format(Locale.ROOT, "Preferences: %d steps of %d pairs; %s", iterations(), pairsPerStep, lossInWords()),
                String.format(Locale.ROOT, "Learning rates: %.3g times those of pretraining, falling to 0; from step %d of %s", schedule
                        .initialFraction(), startStep, startStage.title().toLowerCase(Locale.ROOT)));
    }
}
