package nanochat.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.checkpoint.TrainedModel;
import nanochat.eval.ModelEvaluation;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.objective.GaussianFilling;
import nanochat.objective.Infilling;
import nanochat.objective.ObjectiveChoice;
import nanochat.tensor.Backend;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `nanochat fill`.
@Command(name = "fill", description = "Fill the blanks of a text, by a base model that was trained with --objective masked or diffusion.")
public final class FillCommand implements Runnable {
    /// Values of `--order`.
    enum Order {
        SUREST, RANDOM
    }

    private static final int MOST_STEPS = 1 << 20;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(paramLabel = "TEXT", description = "The text; __ (or more underscores) is a blank of one token, __3__ of three.")
    private String text = "";

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(names = "--steps", paramLabel = "N", description = "Passes over the text. With hidden tokens each fills an equal share of them, by default one token; with gaussian noise all are filled at once, by default in "
            + GaussianFilling.Manner.DEFAULT_STEPS + ".")
    private Optional<Integer> steps = Optional.empty();

    @Option(names = "--order", paramLabel = "WHICH", description = "Which of the hidden tokens a pass fills: ${COMPLETION-CANDIDATES}; by default surest.")
    private Optional<Order> order = Optional.empty();

    @Option(names = "--temperature", defaultValue = "0", paramLabel = "T", description = "How freely tokens are drawn; 0: always the likeliest.")
    private double temperature;

    @Option(names = "--seed", defaultValue = "42", paramLabel = "N", description = "Decides the draws.")
    private long seed;

    @Mixin
    private ComputeOptions compute = new ComputeOptions();

    @Option(names = "--json", description = "Print the result as one JSON object on the last line.")
    private boolean json;

    /// The last line of `--json`.
    ///
    /// @param text with its blanks filled
    /// @param filled what came into each blank
    private record Result(String text, List<String> filled) {}

    @Override
    public void run() {
        if (temperature < 0) {
            throw new BadInputException("--temperature must not be below 0, is " + temperature);
        }
        ModelChoice choice = model.of(ModelStage.BASE);
        try (Backend backend = compute.backend()) {
            TrainedModel trained = TrainedModel.load(choice.checkpoints(), choice.step(), backend, compute.compute());
            if (!trained.objective().fillsBlanks()) {
                throw new BadInputException("The model " + choice + " was trained with --objective " + trained.objective().option()
                        + ", which does not teach to fill blanks of a given length"
                        + (trained.objective().writesOn() ? "; it writes on from left to right ('nanochat chat')" : "")
                        + ". Train one with --objective masked or diffusion");
            }
            Filling filling = trained.objective() instanceof ObjectiveChoice.OfGaussianDiffusion
                    ? throughNoise(trained)
                    : hiddenTokens(trained);
            GappedText gapped = GappedText.of(text, trained.tokenizer(), filling.mask);
            int[] filled = filling.filled.apply(gapped.tokens());
            report(new Result(gapped.whole(trained.tokenizer(), filled), gapped.parts(trained.tokenizer(), filled)));
        }
    }

    /// How blanks are filled.
    ///
    /// @param mask stands in a blank
    private record Filling(int mask, UnaryOperator<int[]> filled) {}

    private Filling hiddenTokens(TrainedModel trained) {
        Infilling infilling = ModelEvaluation.infilling(trained.gpt().parameters(), compute.compute());
        Infilling.Manner manner = new Infilling.Manner(passes(MOST_STEPS), switch (order.orElse(Order.SUREST)) {
            case SUREST -> Infilling.Order.SUREST;
            case RANDOM -> Infilling.Order.RANDOM;
        }, temperature, seed);
        return new Filling(infilling.mask(), tokens -> infilling.fill(tokens, manner));
    }

    private Filling throughNoise(TrainedModel trained) {
        if (order.isPresent()) {
            throw new BadInputException("--order is for models that fill one token after the other; this one was trained with --objective "
                    + trained.objective().option() + " and fills all at once. Leave it out");
        }
        GaussianFilling filling = ModelEvaluation.gaussianFilling(trained.gpt().parameters(), compute.compute());
        GaussianFilling.Manner manner = new GaussianFilling.Manner(passes(GaussianFilling.Manner.DEFAULT_STEPS), temperature, seed);
        return new Filling(filling.mask(), tokens -> filling.fill(tokens, manner));
    }

    private int passes(int usual) {
        int passes = steps.orElse(usual);
        if (passes < 1) {
            throw new BadInputException("--steps must be at least 1, is " + passes);
        }
        return passes;
    }

    private void report(Result result) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(result.text);
        if (json) {
            out.println(Json.line(result));
        }
        out.flush();
    }
}
