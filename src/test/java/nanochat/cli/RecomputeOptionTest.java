package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// The option of a run that goes on. Oracle: what a user would expect of it.
class RecomputeOptionTest {
    @Command(name = "train")
    private static final class Train implements Runnable {
        @Mixin
        private RecomputeOption recompute = new RecomputeOption();

        @Override
        public void run() {
            // only its option matters
        }
    }

    private static CommandLine parsed(String... arguments) {
        CommandLine command = new CommandLine(new Train());
        command.parseArgs(arguments);
        return command;
    }

    private static boolean asked(CommandLine command) {
        Train train = command.getCommand();
        return train.recompute.asked();
    }

    private static boolean resumed(Map<String, String> saved, String... arguments) {
        CommandLine command = parsed(arguments);
        SavedOptions.restore(command.getCommandSpec(), saved);
        return asked(command);
    }

    @Test
    void itIsASwitchThatCanTakeAValue() {
        assertThat(asked(parsed())).isFalse();
        assertThat(asked(parsed("--recompute"))).isTrue();
        assertThat(asked(parsed("--recompute=false"))).isFalse();
    }

    @Test
    void aResumedRunKeepsItUnlessToldOtherwise() {
        for (boolean before : new boolean[]{false, true}) {
            Map<String, String> saved = SavedOptions.of(parsed("--recompute=" + before).getCommandSpec());
            assertThat(saved).isEqualTo(Map.of("recompute", Boolean.toString(before)));
            assertThat(resumed(saved)).isEqualTo(before);
            assertThat(resumed(saved, "--recompute")).isTrue();
            assertThat(resumed(saved, "--recompute=false")).isFalse();
        }
        assertThat(SavedOptions.of(parsed("--recompute").getCommandSpec())).isEqualTo(Map.of("recompute", "true"));
        assertThat(resumed(Map.of(), "--recompute")).as("a checkpoint of before").isTrue();
        assertThat(resumed(Map.of())).isFalse();
    }

    @Test
    void itReplacesWhatTheRunHad() {
        Train train = parsed("--recompute").getCommand();
        assertThat(train.recompute.in(Map.of("depth", "4", "recompute", "false"))).isEqualTo(Map.of("depth", "4", "recompute", "true"));
    }
}
