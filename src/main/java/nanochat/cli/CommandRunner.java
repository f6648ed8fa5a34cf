package nanochat.cli;

import java.io.PrintWriter;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.io.NearestName;
import nanochat.io.ProcessMemory;
import nanochat.io.Terminal;
import nanochat.page.Words;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/// Runs the command that the arguments name, and turns whatever goes wrong into one message on standard error and an exit code:
///
/// - a [BadInputException]: its message, code 1;
/// - too little memory: how much there is, and the options that say how much is needed, code 1;
/// - a mistyped option or command: the message and the nearest known name, code 2;
/// - anything else is an error of the program: what it was and how to see where, code 70.
public final class CommandRunner {
    private static final int PROGRAM_ERROR = 70;
    private static final String DEBUG_OPTION = "--debug";

    /// Options that say how much memory a command takes.
    private static final List<String> SIZES = List.of("--device-batch-size", "--max-seq-len", "--depth", "--max-rows", "--kv-memory",
            "--eval-tokens", "--num-samples", "--examples-per-step");

    private final Object rootCommand;
    private final List<Chapter> chapters;
    private final PrintWriter out;
    private final PrintWriter err;

    /// @param rootCommand a picocli command
    /// @param chapters its subcommands, as its help lists them
    public CommandRunner(Object rootCommand, List<Chapter> chapters) {
        this(rootCommand, chapters, new PrintWriter(System.out, true, System.out.charset()), new PrintWriter(System.err, true, System.err
                .charset()));
    }

    /// For tests, which read what is printed.
    public CommandRunner(Object rootCommand, List<Chapter> chapters, PrintWriter out, PrintWriter err) {
        this.rootCommand = rootCommand;
        this.chapters = List.copyOf(chapters);
        this.out = out;
        this.err = err;
    }

    /// The root command with some of its subcommands.
    private CommandLine commandLine(List<Chapter.Entry> commands) {
        CommandLine root = new CommandLine(rootCommand);
        root.getCommandSpec().addOption(OptionSpec.builder(DEBUG_OPTION).type(boolean.class).arity("0").scopeType(ScopeType.INHERIT)
                .initialValue(false)
                .showDefaultValue(Help.Visibility.NEVER).description("On an error, show the stack trace.").build());
        commands.forEach(command -> root.addSubcommand(command.type()));
        root.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, help -> tableOfContents(help, chapters));
        root.getCommandSpec().usageMessage().commandListHeading("");
        refine(root);
        root.setColorScheme(Help.defaultColorScheme(Terminal.hasColours() ? Help.Ansi.ON : Help.Ansi.OFF));
        root.setOut(out).setErr(err);
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setParameterExceptionHandler(CommandRunner::reportWrongUsage);
        root.setExecutionExceptionHandler((failure, command, _) -> reportFailure(failure, command));
        root.setExecutionStrategy(CommandRunner::execute);
        return root;
    }

    /// The command that the arguments begin with, alone: to look at the options of all the others takes longer than many a command. All of
    /// them where they begin with something else, for the help and for whoever mistyped one.
    private List<Chapter.Entry> commandsFor(String... arguments) {
        List<Chapter.Entry> all = chapters.stream().flatMap(chapter -> chapter.commands().stream()).toList();
        return all.stream().filter(command -> arguments.length > 0 && command.name().equals(arguments[0])).findFirst().map(List::of)
                .orElse(all);
    }

    /// An option that may be left out has no default worth a line of help. The version is asked for (of git, too) only by who wants to see it.
    private static void refine(CommandLine command) {
        EnumNames.register(command);
        FiniteNumbers.register(command);
        command.getCommandSpec().versionProvider(new CommandVersion());
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, help -> withoutEmptyDefaults(help.optionList()));
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_PARAMETER_LIST, help -> withoutEmptyDefaults(help.parameterList()));
        command.getSubcommands().values().forEach(CommandRunner::refine);
    }

    private static String withoutEmptyDefaults(String list) {
        return list.replaceAll("(?m)^.*Default:( Optional\\.empty| \\[])? *\\R", "");
    }

    /// Runs one command.
    ///
    /// @return the exit code
    public int run(String... arguments) {
        CommandLine root = commandLine(commandsFor(arguments));
        try {
            return root.execute(arguments);
        } catch (Error failure) { // picocli hands exceptions to the handlers above, but no errors
            return reportFailure(failure, root);
        }
    }

    /// Runs the last command named. One that only groups others asks for one of those; the program without arguments shows its help.
    private static int execute(ParseResult parsed) {
        List<CommandLine> commands = parsed.asCommandLineList();
        CommandLine last = commands.getLast();
        Object command = last.getCommandSpec().userObject();
        if (command instanceof Runnable || command instanceof Callable<?> || last.isUsageHelpRequested() || last.isVersionHelpRequested()) {
            return new CommandLine.RunLast().execute(parsed);
        }
        if (commands.size() > 1) {
            throw new ParameterException(last,
                    last.getCommandSpec().qualifiedName() + " needs one of: " + String.join(", ", last.getSubcommands().keySet()));
        }
        last.usage(last.getOut());
        return CommandLine.ExitCode.OK;
    }

    private static String tableOfContents(Help help, List<Chapter> chapters) {
        Map<String, CommandLine> commands = help.commandSpec().subcommands();
        int width = commands.keySet().stream().mapToInt(String::length).max().orElse(0) + 2;
        StringBuilder contents = new StringBuilder();
        for (Chapter chapter : chapters) {
            if (!chapter.commands().isEmpty()) {
                String title = System.lineSeparator() + "@|bold " + chapter.title() + "|@" + System.lineSeparator();
                contents.append(help.colorScheme().text(title));
            }
            for (Chapter.Entry entry : chapter.commands()) {
                String name = entry.name();
                CommandLine command = Objects.requireNonNull(commands.get(name), () -> "the annotation of " + entry.type()
                        + " has another name");
                String[] description = command.getCommandSpec().usageMessage().description();
                contents.append("  ").append(help.colorScheme().commandText(name)).append(" ".repeat(width - name.length()))
                        .append(description.length == 0 ? "" : description[0]).append(System.lineSeparator());
            }
        }
        return contents.toString();
    }

    private static int reportWrongUsage(ParameterException problem, String[] arguments) {
        CommandLine command = problem.getCommandLine();
        print(command, problem instanceof UnmatchedArgumentException unmatched
                ? describe(command, unmatched.getUnmatched().getFirst())
                : String.valueOf(problem.getMessage()));
        command.getErr().println("See " + command.getCommandSpec().qualifiedName() + " --help");
        return CommandLine.ExitCode.USAGE;
    }

    private static String describe(CommandLine command, String unmatched) {
        String name = command.getCommandSpec().qualifiedName();
        if (unmatched.startsWith("-")) {
            String mistyped = unmatched.split("=", 2)[0];
            List<String> options = command.getCommandSpec().options().stream().flatMap(option -> Stream.of(option.names())).toList();
            return "'" + name + "' has no option '" + mistyped + "'." + suggestion(mistyped, options);
        }
        if (command.getSubcommands().isEmpty()) {
            return "'" + name + "' does not know what to do with '" + unmatched + "'.";
        }
        return "'" + name + "' has no command '" + unmatched + "'." + suggestion(unmatched, command.getSubcommands().keySet());
    }

    private static String suggestion(String mistyped, Collection<String> known) {
        return NearestName.of(mistyped, known).map(name -> " Did you mean " + name + "?").orElse("");
    }

    private static int reportFailure(Throwable failure, CommandLine command) {
        Throwable cause = failure;
        while (isWrapper(cause) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof BadInputException badInput) {
            print(command, badInput.message(OptionNames::of));
        } else if (cause instanceof OutOfMemoryError) {
            print(command, outOfMemory(cause, command));
        } else {
            print(command, "This should not happen, it is an error in nanochat4j: " + cause);
        }
        if (isDebug(command)) {
            cause.printStackTrace(command.getErr());
        } else if (!(cause instanceof BadInputException || cause instanceof OutOfMemoryError)) {
            command.getErr().println("Run it again with " + DEBUG_OPTION + " to see where.");
        }
        return cause instanceof BadInputException || cause instanceof OutOfMemoryError ? CommandLine.ExitCode.SOFTWARE : PROGRAM_ERROR;
    }

    private static String outOfMemory(Throwable failure, CommandLine command) {
        CommandSpec spec = command.getParseResult() == null ? command.getCommandSpec() : last(command).getCommandSpec();
        List<String> sizes = SIZES.stream().filter(option -> spec.findOption(option) != null).toList();
        return "Out of memory: " + failure.getMessage() + ". This process holds " + gigabytes(ProcessMemory.bytes()) + " and can have "
                + gigabytes(ProcessMemory.limitBytes()) + (sizes.isEmpty()
                        ? ""
                        : "; less is needed with a smaller " + String.join(", ", sizes))
                + ". Where it is the Java heap that is full: NANOCHAT_JAVA_OPTS=-Xmx8g";
    }

    private static CommandLine last(CommandLine command) {
        return command.getParseResult().asCommandLineList().getLast();
    }

    private static String gigabytes(Optional<Long> bytes) {
        return bytes.map(Words::gigabytes).orElse("an unknown amount");
    }

    /// Exceptions that only carry another one from a different thread, or from picocli.
    private static boolean isWrapper(Throwable failure) {
        return failure instanceof ExecutionException || failure instanceof CompletionException
                || failure instanceof CommandLine.ExecutionException;
    }

    private static boolean isDebug(CommandLine command) {
        return command.getCommandSpec().root().findOption(DEBUG_OPTION).getValue();
    }

    private static void print(CommandLine command, String message) {
        command.getErr().println(command.getColorScheme().errorText("error: ") + message);
    }
}
