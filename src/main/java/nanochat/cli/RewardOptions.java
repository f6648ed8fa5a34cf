package nanochat.cli;

import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import nanochat.io.BadInputException;
import nanochat.io.Setting;
import nanochat.task.Reward;
import nanochat.task.RewardJars;
import nanochat.task.RewardProcess;
import picocli.CommandLine.Option;

/// The options that say what answers are worth, where that is not what the task says.
final class RewardOptions {
    private static final Setting CLASS_PATH = new Setting("classpath");
    private static final Setting COMMAND = new Setting("reward_command");
    private static final Setting NAME = new Setting("reward");
    private static final Setting SECONDS = new Setting("reward_timeout");
    private static final int LONGEST = 24 * 60 * 60;

    @Option(names = "--classpath", paramLabel = "PATH", description = "Jars or folders with a reward of your own, a class that implements nanochat.task.Reward and is named as a service (docs/rewards.md).")
    private Optional<String> classPath = Optional.empty();

    @Option(names = "--reward", paramLabel = "CLASS", description = "Which reward of --classpath, where there are several.")
    private Optional<String> name = Optional.empty();

    @Option(names = "--reward-command", paramLabel = "COMMAND", description = "A program that reads a line of JSON for each answer and writes a line with its reward, such as 'python3 score.py' (docs/rewards.md).")
    private Optional<String> command = Optional.empty();

    @Option(names = "--reward-timeout", defaultValue = "10", paramLabel = "SECONDS", description = "How long that program may take for one answer.")
    private double seconds;

    /// The reward of the user's own; a program is running then. The caller closes it.
    ///
    /// @throws BadInputException when the options do not fit together, or there is no such reward
    Optional<Reward> open() {
        if (classPath.isPresent() && command.isPresent()) {
            throw BadInputException.about("%s and %s both say what an answer is worth: leave one out", CLASS_PATH, COMMAND);
        }
        if (name.isPresent() && classPath.isEmpty()) {
            throw BadInputException.about("%s names a class of %s, which is missing", NAME, CLASS_PATH);
        }
        if (!(seconds > 0 && seconds <= LONGEST)) {
            throw BadInputException.about("%s must be above 0 and at most %d (a day), is %s", SECONDS, LONGEST, seconds);
        }
        if (command.isPresent()) {
            return Optional.of(new RewardProcess(command.get(), Duration.ofMillis(Math.max(1, Math.round(1000 * seconds)))));
        }
        if (classPath.isPresent() && paths(classPath.get()).isEmpty()) {
            throw BadInputException.about("%s is empty: it takes the jars or folders of a reward", CLASS_PATH);
        }
        return classPath.map(paths -> RewardJars.find(paths(paths), name));
    }

    private static List<Path> paths(String classPath) {
        return Arrays.stream(classPath.split(Pattern.quote(File.pathSeparator))).filter(path -> !path.isBlank()).map(Path::of).toList();
    }
}
