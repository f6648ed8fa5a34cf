package nanochat.cli;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import nanochat.checkpoint.Adapter;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.model.BlockMatrix;
import nanochat.model.Tuning;
import nanochat.train.AdapterPlan;
import picocli.CommandLine.Option;

/// What is trained beside a model that stays as it is.
final class TuningOptions {
    /// Values of `--tune`.
    private enum Method {
        LORA, PREFIX;

        /// As it is written.
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(names = "--tune", paramLabel = "HOW", description = "Leave the model as it is and train something small beside it, an adapter: ${COMPLETION-CANDIDATES} (docs/tuning.md).")
    private Optional<Method> method = Optional.empty();

    @Option(names = "--source", paramLabel = "STAGE", description = "Stage of the model that --tune trains beside: base or sft; by default base.")
    private Optional<ModelStage> source = Optional.empty();

    @Option(names = "--adapter", paramLabel = "NAME", description = "What the adapter is called; by default the model's tag, - and how it is tuned: d4-lora.")
    private Optional<String> name = Optional.empty();

    @Option(names = "--rank", defaultValue = ""
            + Tuning.LowRank.DEFAULT_RANK, paramLabel = "R", description = "Rank of the updates of --tune lora.")
    private int rank;

    @Option(names = "--lora-alpha", defaultValue = ""
            + Tuning.LowRank.DEFAULT_ALPHA, paramLabel = "X", description = "The second factors of the updates learn X / R times as fast as the first.")
    private double alpha;

    @Option(names = "--lora-matrices", defaultValue = "c_q,c_v", split = ",", paramLabel = "WHICH", description = "Matrices of every block that are updated, separated by commas: ${COMPLETION-CANDIDATES}.")
    private List<BlockMatrix> matrices = List.of();

    @Option(names = "--prefix-tokens", defaultValue = ""
            + Tuning.Prefix.DEFAULT_TOKENS, paramLabel = "N", description = "Positions before the text whose keys and values --tune prefix trains.")
    private int prefixTokens;

    @Option(names = "--tune-lr", defaultValue = ""
            + AdapterPlan.DEFAULT_LEARNING_RATE, paramLabel = "X", description = "Learning rate of an adapter; --init-lr-frac is a share of it.")
    private double learningRate;

    /// @throws BadInputException when a setting of an adapter is given, and none is trained
    void check() {
        if (method.isEmpty() && (source.isPresent() || name.isPresent())) {
            throw new BadInputException((name.isPresent() ? "--adapter" : "--source")
                    + " is a setting of --tune: say what to train beside the"
                    + " model, such as --tune lora");
        }
        if (source.isPresent() && source.get() != ModelStage.BASE && source.get() != ModelStage.SFT) {
            throw new BadInputException("--source " + source.get() + ": an adapter is trained beside a model of the stage base or sft");
        }
    }

    boolean isAsked() {
        return method.isPresent();
    }

    /// The stage of the model that the adapter belongs to.
    ModelStage source() {
        return source.orElse(ModelStage.BASE);
    }

    /// Where the adapter of a model is, or will be.
    CheckpointDirectory checkpoints(String modelTag) {
        return CheckpointDirectory.of(BaseDirectory.fromEnvironment().adapterCheckpoints(), name.orElseGet(() -> modelTag + "-" + method
                .orElseThrow()));
    }

    /// What is trained beside this model.
    AdapterPlan plan(ModelChoice model, long seed) {
        Tuning tuning = switch (method.orElseThrow()) {
            case LORA -> new Tuning.LowRank(rank, alpha, matrices);
            case PREFIX -> new Tuning.Prefix(prefixTokens);
        };
        return new AdapterPlan(Adapter.of(tuning, model), learningRate, seed);
    }
}
