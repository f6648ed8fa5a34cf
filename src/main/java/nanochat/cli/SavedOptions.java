package nanochat.cli;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// The options of a command as a checkpoint keeps them, so that a resumed run needs only those repeated that shall change. Switches
/// (options without a value) are not kept. The values of a list are joined by the system's path separator.
final class SavedOptions {
    private SavedOptions() {
    }

    /// The value of every option, given or default, by its name: `max_seq_len` for `--max-seq-len`.
    static Map<String, String> of(CommandSpec command) {
        Map<String, String> saved = new TreeMap<>();
        for (OptionSpec option : command.options()) {
            String value = String.join(File.pathSeparator, values(command.commandLine().getParseResult(), option));
            if (option.arity().max() > 0 && !value.isEmpty()) {
                saved.put(name(option), value);
            }
        }
        return saved;
    }

    private static List<String> values(ParseResult parsed, OptionSpec option) {
        OptionSpec given = parsed.matchedOption(option.longestName());
        return given != null ? given.originalStringValues() : option.defaultValue() != null ? List.of(option.defaultValue()) : List.of();
    }

    private static String name(OptionSpec option) {
        return OptionNames.setting(option.longestName()).name();
    }

    /// Gives the command its options again: those given on the command line, for the others what was saved.
    static void restore(CommandSpec command, Map<String, String> saved) {
        ParseResult parsed = command.commandLine().getParseResult();
        List<String> arguments = new ArrayList<>();
        for (OptionSpec option : command.options()) {
            String before = saved.get(name(option));
            if (parsed.hasMatchedOption(option)) {
                arguments.add(option.longestName());
                if (option.arity().max() > 0) {
                    arguments.addAll(values(parsed, option));
                }
            } else if (before != null) {
                arguments.add(option.longestName());
                arguments.addAll(option.isMultiValue() ? List.of(before.split(Pattern.quote(File.pathSeparator))) : List.of(before));
            }
        }
        command.commandLine().parseArgs(arguments.toArray(String[]::new));
    }
}
