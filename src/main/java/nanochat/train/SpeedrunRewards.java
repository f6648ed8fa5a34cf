package nanochat.train;

import java.util.Map;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.io.BaseDirectory;
import nanochat.task.ProblemSets;
import nanochat.task.Problems;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;

/// The last stage of the speedrun: the chat model practises word problems and is told only whether its answers are right.
///
/// @param directory of all models
/// @param chat where the fine-tuned model is
/// @param checkpoints where the model that learned from rewards is saved
/// @param iterations steps; 0: this stage is left out
/// @param compute the type of matrix products
/// @param threads how many write answers
/// @param userConfig the options it was asked for with, by name
public record SpeedrunRewards(BaseDirectory directory, CheckpointDirectory chat, CheckpointDirectory checkpoints, int iterations,
        DType compute, int threads, Map<String, String> userConfig) {
    private static final int HELD_OUT = 100;
    private static final int HELD_OUT_SAMPLES = 8;

    public SpeedrunRewards {
        userConfig = Map.copyOf(userConfig);
    }

    /// What came out.
    ///
    /// @param state of the model that was saved
    /// @param finished false where the run was stopped before its last step
    public record Outcome(RunState<RolloutPosition> state, boolean finished) {}

    /// Forgets what an earlier speedrun left here, but for a copy; a new one begins.
    public void moveEarlierAside() {
        checkpoints.moveAside();
    }

    /// What this stage will do, or has begun to do.
    public ReinforcementPlan plan() {
        return checkpoints.newestStep().map(step -> ReinforcementLearning.readMeta(checkpoints, step).plan()).orElseGet(this::newPlan);
    }

    private ReinforcementPlan newPlan() {
        Problems problems = problems().training();
        int longest = problems.longestAnswer().orElseThrow();
        ReinforcementOptions options = new ReinforcementOptions(ReinforcementOptions.rollouts(longest),
                PolicyRecipe.REINFORCE.options(longest), Optional.of(iterations), 1, ReinforcementOptions.ROWS,
                ReinforcementOptions.LEARNING_RATES, true, true,
                new ReinforcementOptions.Cadence(iterations, HELD_OUT, HELD_OUT_SAMPLES, PretrainingOptions.UNSET), compute);
        return ReinforcementPlan.of(options, Finetuning.readMeta(chat, chat.lastStep()), problems);
    }

    private ProblemSets problems() {
        return ProblemSets.of(ProblemSets.PRACTICE, directory, Optional.empty());
    }

    /// Steps that are done and saved.
    public int stepsDone() {
        return checkpoints.newestStep().orElse(0);
    }

    /// Learns by [#plan()], or goes on where that stopped.
    public Outcome learn(ReinforcementPlan plan, Backend backend, RunListener listener, StopSignal stop) {
        Optional<Integer> from = checkpoints.newestStep();
        if (from.isPresent() && from.get() == plan.iterations()) {
            return new Outcome(ReinforcementLearning.readMeta(checkpoints, from.get()).state(), true);
        }
        ReinforcementLearning.Setup setup = new ReinforcementLearning.Setup(plan, problems(), chat, checkpoints, threads, userConfig);
        try (ReinforcementLearning learning = from.isPresent()
                ? ReinforcementLearning.resume(setup, from.get(), backend, listener, stop)
                : ReinforcementLearning.start(setup, backend, listener, stop)) {
            RunState<RolloutPosition> state = learning.run();
            return new Outcome(state, state.step() == plan.iterations());
        }
    }
}
