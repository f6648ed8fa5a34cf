package nanochat.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import nanochat.io.BadInputException;
import nanochat.io.Terminal;
import nanochat.tokenizer.TokenView;
import nanochat.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `nanochat tokenizer encode`.
@Command(name = "encode", description = "Print the tokens of a text, of a file, or of standard input.")
public final class TokenizerEncodeCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "TEXT", description = "The text; its words are joined by spaces.")
    private List<String> words = List.of();

    @Option(names = "--file", paramLabel = "FILE", description = "Encode a text file.")
    private Optional<Path> file = Optional.empty();

    @Option(names = "--view", description = "Show the text with the boundaries of its tokens, not their numbers.")
    private boolean view;

    @Mixin
    private TokenizerOption tokenizerOption = new TokenizerOption();

    @Override
    public Integer call() {
        Tokenizer tokenizer = tokenizerOption.load();
        PrintWriter out = spec.commandLine().getOut();
        int[] tokens = tokenizer.encode(text());
        if (view) {
            out.println(Terminal.hasColours() ? TokenView.colored(tokenizer, tokens) : TokenView.separated(tokenizer, tokens));
            out.println(tokens.length + " tokens");
        } else {
            out.println(Arrays.stream(tokens).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
        }
        return 0;
    }

    private String text() {
        if (!words.isEmpty() && file.isPresent()) {
            throw new BadInputException("Give either a text or --file, not both");
        }
        try {
            if (file.isPresent()) {
                return Files.readString(file.get());
            }
            return words.isEmpty() ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8) : String.join(" ", words);
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + e.getFile(), e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file.map(Path::toString).orElse("standard input") + " as UTF-8: " + e.getMessage(),
                    e);
        }
    }
}
