package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import nanochat.io.BadInputException;
import nanochat.task.Reward;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class RewardOptionsTest {
    @Command
    static final class Rewarding {
        @Mixin
        RewardOptions reward = new RewardOptions();
    }

    private static RewardOptions options(String... arguments) {
        Rewarding command = new Rewarding();
        new CommandLine(command).parseArgs(arguments);
        return command.reward;
    }

    @Test
    void nothingIsAReward() {
        assertThat(options().open()).isEmpty();
        try (Reward reward = options("--reward-command", "while read -r line; do echo 2.5; done").open().orElseThrow()) {
            assertThat(reward.name()).startsWith("while read");
        }
    }

    @Test
    void optionsThatDoNotFitTogetherAreRefused() {
        assertThatThrownBy(() -> options("--classpath", "a.jar", "--reward-command", "b").open()).isInstanceOf(BadInputException.class)
                .hasMessageContaining("leave one out");
        assertThatThrownBy(() -> options("--reward", "Mine").open()).isInstanceOf(BadInputException.class).hasMessageContaining("missing");
        assertThatThrownBy(() -> options("--reward-timeout", "0").open()).isInstanceOf(BadInputException.class).hasMessageContaining(
                "above 0");
        assertThatThrownBy(() -> options("--classpath", "nowhere.jar").open()).isInstanceOf(BadInputException.class).hasMessageContaining(
                "nowhere.jar");
    }
}
