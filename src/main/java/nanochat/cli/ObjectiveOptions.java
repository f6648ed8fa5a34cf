package nanochat.cli;

import java.util.Locale;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.objective.ObjectiveChoice;
import picocli.CommandLine.Option;

/// What a model is trained with.
final class ObjectiveOptions {
    /// Values of `--objective`.
    enum Name {
        NEXT_TOKEN, MASKED, PREFIX, UL2, DIFFUSION, BLOCK_DIFFUSION, MULTI_TOKEN, JEPA, NEXT_TOKEN_JEPA;

        /// As it is written.
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Option(names = "--objective", defaultValue = "next-token", paramLabel = "NAME", description = "What is predicted from what: ${COMPLETION-CANDIDATES} (docs/objectives.md).")
    private Name name = Name.NEXT_TOKEN;

    @Option(names = "--mask-rate", paramLabel = "X", description = "Share of the tokens that --objective masked, jepa and next-token-jepa hide; by default "
            + ObjectiveChoice.OfMasked.DEFAULT_RATE + ", of representations " + ObjectiveChoice.OfJepa.DEFAULT_RATE + ".")
    private Optional<Double> maskRate = Optional.empty();

    @Option(names = "--heads", paramLabel = "N", description = "Tokens that --objective multi-token predicts at once; by default "
            + ObjectiveChoice.OfMultiToken.DEFAULT_HEADS + ".")
    private Optional<Integer> heads = Optional.empty();

    @Option(names = "--jepa-weight", paramLabel = "X", description = "What the representations count in the sum of --objective next-token-jepa; by default "
            + ObjectiveChoice.OfNextTokenJepa.DEFAULT_WEIGHT + ".")
    private Optional<Double> jepaWeight = Optional.empty();

    @Option(names = "--block-tokens", paramLabel = "N", description = "Tokens of a block of --objective block-diffusion, which divide those of a row; by default "
            + ObjectiveChoice.OfBlockDiffusion.DEFAULT_BLOCK_TOKENS + ".")
    private Optional<Integer> blockTokens = Optional.empty();

    @Option(names = "--recurrence", defaultValue = "0", paramLabel = "M", description = "Tokens of the row before that every row of --objective next-token sees, too, at most as many as a row has; 0: none.")
    private int recurrence;

    /// Values of `--noise`.
    enum Noise {
        ABSORBING, GAUSSIAN;

        /// As it is written.
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(names = "--noise", paramLabel = "KIND", description = "How --objective diffusion destroys a text: ${COMPLETION-CANDIDATES} (hidden tokens, or tokens seen through noise); by default absorbing.")
    private Optional<Noise> noise = Optional.empty();

    /// An objective with the settings that it has where nothing else is said.
    static ObjectiveChoice usual(Name name) {
        ObjectiveOptions options = new ObjectiveOptions();
        options.name = name;
        return options.choice();
    }

    /// @throws BadInputException when a setting is one of another objective
    ObjectiveChoice choice() {
        if (maskRate.isPresent() && name != Name.MASKED && name != Name.JEPA && name != Name.NEXT_TOKEN_JEPA) {
            throw new BadInputException("--mask-rate is a setting of --objective masked, jepa and next-token-jepa; this is --objective "
                    + name);
        }
        if (jepaWeight.isPresent() && name != Name.NEXT_TOKEN_JEPA) {
            throw new BadInputException("--jepa-weight is a setting of --objective next-token-jepa; this is --objective " + name);
        }
        if (heads.isPresent() && name != Name.MULTI_TOKEN) {
            throw new BadInputException("--heads is a setting of --objective multi-token; this is --objective " + name);
        }
        if (blockTokens.isPresent() && name != Name.BLOCK_DIFFUSION) {
            throw new BadInputException("--block-tokens is a setting of --objective block-diffusion; this is --objective " + name);
        }
        if (recurrence != 0 && name != Name.NEXT_TOKEN) {
            throw new BadInputException("--recurrence is a setting of --objective next-token; this is --objective " + name);
        }
        if (noise.isPresent() && name != Name.DIFFUSION) {
            throw new BadInputException("--noise is a setting of --objective diffusion; this is --objective " + name);
        }
        return switch (name) {
            case NEXT_TOKEN -> new ObjectiveChoice.OfNextToken(recurrence);
            case MASKED -> new ObjectiveChoice.OfMasked(maskRate.orElse(ObjectiveChoice.OfMasked.DEFAULT_RATE));
            case PREFIX -> new ObjectiveChoice.OfPrefix();
            case UL2 -> new ObjectiveChoice.OfUl2();
            case DIFFUSION -> switch (noise.orElse(Noise.ABSORBING)) {
                case ABSORBING -> new ObjectiveChoice.OfDiffusion();
                case GAUSSIAN -> new ObjectiveChoice.OfGaussianDiffusion();
            };
            case BLOCK_DIFFUSION -> new ObjectiveChoice.OfBlockDiffusion(blockTokens.orElse(
                    ObjectiveChoice.OfBlockDiffusion.DEFAULT_BLOCK_TOKENS));
            case MULTI_TOKEN -> new ObjectiveChoice.OfMultiToken(heads.orElse(ObjectiveChoice.OfMultiToken.DEFAULT_HEADS));
            case JEPA -> new ObjectiveChoice.OfJepa(maskRate.orElse(ObjectiveChoice.OfJepa.DEFAULT_RATE));
            case NEXT_TOKEN_JEPA -> new ObjectiveChoice.OfNextTokenJepa(maskRate.orElse(ObjectiveChoice.OfJepa.DEFAULT_RATE), jepaWeight
                    .orElse(ObjectiveChoice.OfNextTokenJepa.DEFAULT_WEIGHT));
        };
    }
}
