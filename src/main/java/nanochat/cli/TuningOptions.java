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

    @Option(names = "--rank", paramLabel = "R", description = "Rank of the updates of --tune lora; by default "
            + Tuning.LowRank.DEFAULT_RANK + ".")
    private Optional<Integer> rank = Optional.empty();

    @Option(names = "--lora-alpha", paramLabel = "X", description = "The second factors of the updates learn X / R times as fast as the first; by default X is "
            + Tuning.LowRank.DEFAULT_ALPHA + ".")
    private Optional<Double> alpha = Optional.empty();

    @Option(names = "--lora-matrices", split = ",", paramLabel = "WHICH", description = "Matrices of every block that are updated, separated by commas: ${COMPLETION-CANDIDATES}; by default c_q,c_v.")
    private List<BlockMatrix> matrices = List.of();

    @Option(names = "--prefix-tokens", paramLabel = "N", description = "Positions before the text whose keys and values --tune prefix trains; by default "
            + Tuning.Prefix.DEFAULT_TOKENS + ".")
    private Optional<Integer> prefixTokens = Optional.empty();

    @Option(names = "--tune-lr", paramLabel = "X", description = "Learning rate of an adapter, of which --init-lr-frac is a share; by default "
            + AdapterPlan.DEFAULT_LEARNING_RATE + ".")
    private Optional<Double> learningRate = Optional.empty();

    /// @throws BadInputException when a setting is given of what is not trained
    void check() {
        refuseUnless(method.isPresent(), "--tune: say what to train beside the model, such as --tune lora", List.of(
                new Given("--adapter", name.isPresent()), new Given("--source", source.isPresent()),
                new Given("--tune-lr", learningRate.isPresent())));
        refuseUnless(method.equals(Optional.of(Method.LORA)), "--tune lora", List.of(new Given("--rank", rank.isPresent()),
                new Given("--lora-alpha", alpha.isPresent()), new Given("--lora-matrices", !matrices.isEmpty())));
        refuseUnless(method.equals(Optional.of(Method.PREFIX)), "--tune prefix", List.of(
                new Given("--prefix-tokens", prefixTokens.isPresent())));
        if (source.isPresent() && source.get() != ModelStage.BASE && source.get() != ModelStage.SFT) {
            throw new BadInputException("--source " + source.get() + ": an adapter is trained beside a model of the stage base or sft");
        }
    }

    /// Whether an option is on the command line.
    private record Given(String option, boolean there) {}

    private static void refuseUnless(boolean fits, String of, List<Given> options) {
        options.stream().filter(option -> option.there && !fits).findFirst().ifPresent(option -> {
            throw new BadInputException(option.option + " is a setting of " + of);
        });
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
            case LORA -> new Tuning.LowRank(rank.orElse(Tuning.LowRank.DEFAULT_RANK), alpha.orElse(Tuning.LowRank.DEFAULT_ALPHA),
                    matrices.isEmpty() ? Tuning.LowRank.DEFAULT_MATRICES : matrices);
            case PREFIX -> new Tuning.Prefix(prefixTokens.orElse(Tuning.Prefix.DEFAULT_TOKENS));
        };
        return new AdapterPlan(Adapter.of(tuning, model), learningRate.orElse(AdapterPlan.DEFAULT_LEARNING_RATE), seed);
    }
}
