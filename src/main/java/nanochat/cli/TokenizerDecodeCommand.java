package nanochat.cli;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.Callable;
import nanochat.io.BadInputException;
import nanochat.tokenizer.TokenList;
import nanochat.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `nanochat tokenizer decode`.
@Command(name = "decode", description = "Print the text of tokens, given as numbers or on standard input.")
public final class TokenizerDecodeCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "ID", description = "The tokens.")
    private List<String> ids = List.of();

    @Mixin
    private TokenizerOption tokenizerOption = new TokenizerOption();

    @Override
    public Integer call() {
        Tokenizer tokenizer = tokenizerOption.load();
        TokenList tokens = new TokenList();
        if (ids.isEmpty()) {
            new Scanner(System.in, StandardCharsets.UTF_8).forEachRemaining(word -> tokens.accept(token(tokenizer, word)));
        } else {
            ids.forEach(word -> tokens.accept(token(tokenizer, word)));
        }
        spec.commandLine().getOut().println(tokenizer.decode(tokens.toArray()));
        return 0;
    }

    private static int token(Tokenizer tokenizer, String word) {
        try {
            int id = Integer.parseInt(word);
            if (id >= 0 && id < tokenizer.vocabularySize()) {
                return id;
            }
        } catch (NumberFormatException e) {
            throw new BadInputException("'" + word + "' is not the number of a token", e);
        }
        throw new BadInputException("There is no token " + word + ": the vocabulary has " + tokenizer.vocabularySize());
    }
}
