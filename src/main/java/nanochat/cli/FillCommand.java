package nanochat.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.checkpoint.TrainedModel;
import nanochat.eval.ModelEvaluation;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.objective.Infilling;
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

    @Option(names = "--steps", paramLabel = "N", description = "Passes over the text, each of which fills an equal share of the tokens; by default one token a pass.")
    private Optional<Integer> steps = Optional.empty();

    @Option(names = "--order", defaultValue = "surest", paramLabel = "WHICH", description = "Which tokens a pass fills: ${COMPLETION-CANDIDATES}.")
    private Order order = Order.SUREST;

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
                throw new BadInputException("The model " + choice + " was trained with --objective " + trained.objective().title()
                        + ", which does not teach to fill blanks of a given length"
                        + (trained.objective().writesOn() ? "; it writes on from left to right ('nanochat chat')" : "")
                        + ". Train one with --objective masked or diffusion");
            }
            Infilling infilling = ModelEvaluation.infilling(trained.gpt().parameters(), compute.compute());
            GappedText gapped = GappedText.of(text, trained.tokenizer(), infilling.mask());
            int[] filled = infilling.fill(gapped.tokens(), manner());
            report(new Result(gapped.whole(trained.tokenizer(), filled), gapped.parts(trained.tokenizer(), filled)));
        }
    }

    private Infilling.Manner manner() {
        int passes = steps.orElse(MOST_STEPS);
        if (passes < 1) {
            throw new BadInputException("--steps must be at least 1, is " + passes);
        }
        return new Infilling.Manner(passes, switch (order) {
            case SUREST -> Infilling.Order.SUREST;
            case RANDOM -> Infilling.Order.RANDOM;
        }, temperature, seed);
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
