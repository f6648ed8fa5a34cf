package nanochat.cli;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.data.download.ShardedDataset;
import nanochat.io.Json;
import nanochat.task.Repeated;
import nanochat.task.TrainingTasks;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import tools.jackson.core.type.TypeReference;

/// The options of a command as a checkpoint keeps them, so that a resumed run needs only those repeated that shall change. Switches
/// (options without a value) are not kept.
final class SavedOptions {
    private static final String DATA = "--data";

    private SavedOptions() {
    }

    /// The value of every option, given or default, by its name: `max_seq_len` for `--max-seq-len`.
    static Map<String, String> of(CommandSpec command) {
        Map<String, String> saved = new TreeMap<>();
        for (OptionSpec option : command.options()) {
            List<String> values = values(command.commandLine().getParseResult(), option).stream().map(given -> absolute(option, given))
                    .toList();
            String value = option.isMultiValue() ? joined(values) : String.join("", values);
            if (option.arity().max() > 0 && !value.isEmpty()) {
                saved.put(name(option), value);
            }
        }
        return saved;
    }

    /// Paths are kept whole, so that a run goes on wherever it is resumed from.
    private static String absolute(OptionSpec option, String value) {
        boolean isPath = option.typeInfo().getType() == Path.class || option.typeInfo().getAuxiliaryTypes()[0] == Path.class;
        return option.longestName().equals(DATA)
                ? ConversationDataOption.sources(value).stream().map(SavedOptions::absoluteSource).collect(Collectors.joining(","))
                : isPath && !value.isEmpty() ? Path.of(value).toAbsolutePath().toString() : value;
    }

    /// A value of `--data` may name something else than a file; a file may be gone through several times.
    private static String absoluteSource(String source) {
        String name = Repeated.of(source).name();
        boolean isNamed = CorpusLanguage.named(name).isPresent() || List.of(TrainingTasks.DATASETS.split(", ")).contains(name)
                || ShardedDataset.named(name).isPresent();
        return !isNamed && Files.exists(Path.of(name))
                ? Path.of(name).toAbsolutePath() + source.substring(name.length())
                : source;
    }

    private static List<String> values(ParseResult parsed, OptionSpec option) {
        OptionSpec given = parsed.matchedOption(option.longestName());
        return given != null ? given.originalStringValues() : option.defaultValue() != null ? List.of(option.defaultValue()) : List.of();
    }

    /// Several values in one, with the character between them that separates paths, or as a JSON array where a path has that in its name.
    private static String joined(List<String> values) {
        boolean ambiguous = values.stream().anyMatch(value -> value.contains(File.pathSeparator) || value.startsWith("[\""));
        return ambiguous ? Json.line(values) : String.join(File.pathSeparator, values);
    }

    private static List<String> split(String joined) {
        return joined.startsWith("[\"")
                ? Json.LINE.readValue(joined, new TypeReference<List<String>>() {
                })
                : List.of(joined.split(Pattern.quote(File.pathSeparator)));
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
                arguments.addAll(option.isMultiValue() ? split(before) : List.of(before));
            }
        }
        command.commandLine().parseArgs(arguments.toArray(String[]::new));
    }
}
