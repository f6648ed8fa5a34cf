package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import nanochat.io.BadInputException;
import nanochat.objective.ObjectiveChoice;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// What a user asks for, and what does not go together.
class ObjectiveOptionsTest {
    @Command(name = "train")
    private static final class Training implements Runnable {
        @Mixin
        private ObjectiveOptions objective = new ObjectiveOptions();

        @Override
        public void run() {
        }
    }

    private static ObjectiveChoice choice(String... arguments) {
        Training training = new Training();
        CommandLine command = new CommandLine(training);
        EnumNames.register(command);
        command.parseArgs(arguments);
        return training.objective.choice();
    }

    @Test
    void everyObjectiveIsAskedForByTheNameThatItHas() {
        Map<String, ObjectiveChoice> choices = new HashMap<>(Map.of("next-token", ObjectiveChoice.nextToken(), "masked",
                new ObjectiveChoice.OfMasked(0.15), "prefix", new ObjectiveChoice.OfPrefix(), "diffusion",
                new ObjectiveChoice.OfDiffusion(),
                "multi-token", new ObjectiveChoice.OfMultiToken(4), "ul2", new ObjectiveChoice.OfUl2(), "jepa", new ObjectiveChoice.OfJepa(
                        0.42),
                "block-diffusion", new ObjectiveChoice.OfBlockDiffusion(16), "next-token-jepa", new ObjectiveChoice.OfNextTokenJepa(0.42,
                        1)));
        assertThat(choice()).isEqualTo(ObjectiveChoice.nextToken());
        choices.forEach((name, expected) -> {
            assertThat(choice("--objective", name)).isEqualTo(expected);
            assertThat(expected.title()).isEqualTo(name);
        });
        assertThat(choices).hasSize(ObjectiveOptions.Name.values().length);
    }

    @Test
    void settingsAreThoseOfTheirObjective() {
        assertThat(choice("--objective", "masked", "--mask-rate", "0.4")).isEqualTo(new ObjectiveChoice.OfMasked(0.4));
        assertThat(choice("--objective", "multi_token", "--heads", "2")).isEqualTo(new ObjectiveChoice.OfMultiToken(2));
        assertThatThrownBy(() -> choice("--mask-rate", "0.4")).isInstanceOf(BadInputException.class).hasMessageContaining(
                "--objective masked");
        assertThatThrownBy(() -> choice("--objective", "masked", "--heads", "2")).isInstanceOf(BadInputException.class)
                .hasMessageContaining(
                        "--objective multi-token");
        assertThat(choice("--objective", "next-token-jepa", "--mask-rate", "0.3", "--jepa-weight", "2")).isEqualTo(
                new ObjectiveChoice.OfNextTokenJepa(0.3, 2));
        assertThatThrownBy(() -> choice("--objective", "jepa", "--jepa-weight", "2")).isInstanceOf(BadInputException.class)
                .hasMessageContaining("--objective next-token-jepa");
        assertThat(choice("--objective", "block-diffusion", "--block-tokens", "4")).isEqualTo(new ObjectiveChoice.OfBlockDiffusion(4));
        assertThatThrownBy(() -> choice("--objective", "diffusion", "--block-tokens", "4")).isInstanceOf(BadInputException.class)
                .hasMessageContaining("--objective block-diffusion");
        assertThat(choice("--recurrence", "64")).isEqualTo(new ObjectiveChoice.OfNextToken(64));
        for (String other : new String[]{"masked", "multi-token", "next-token-jepa"}) {
            assertThatThrownBy(() -> choice("--objective", other, "--recurrence", "64")).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("--objective next-token; this is --objective " + other);
        }
        assertThatThrownBy(() -> choice("--recurrence", "-1")).isInstanceOf(BadInputException.class);
        assertThat(choice("--objective", "diffusion", "--noise", "absorbing")).isEqualTo(new ObjectiveChoice.OfDiffusion());
        ObjectiveChoice gaussian = choice("--objective", "diffusion", "--noise", "gaussian");
        assertThat(gaussian).isEqualTo(new ObjectiveChoice.OfGaussianDiffusion());
        assertThat(gaussian.option()).isEqualTo("diffusion --noise gaussian");
        assertThatThrownBy(() -> choice("--objective", "masked", "--noise", "gaussian")).isInstanceOf(BadInputException.class)
                .hasMessageContaining("--objective diffusion");
        for (String rate : new String[]{"0", "1", "-0.1", "NaN"}) {
            assertThatThrownBy(() -> choice("--objective", "masked", "--mask-rate", rate)).as(rate).isInstanceOf(BadInputException.class);
        }
        for (String heads : new String[]{"1", "17"}) {
            assertThatThrownBy(() -> choice("--objective", "multi-token", "--heads", heads)).as(heads).isInstanceOf(
                    BadInputException.class);
        }
    }
}
