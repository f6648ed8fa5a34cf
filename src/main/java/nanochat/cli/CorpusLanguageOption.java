package nanochat.cli;

import java.util.List;
import nanochat.data.DocumentSource;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.io.BadInputException;
import picocli.CommandLine.Option;

/// The option that says what the built-in texts are written in, the same for every command that can use them.
final class CorpusLanguageOption {
    @Option(names = "--corpus-language", defaultValue = "en", paramLabel = "LANG", description = "The language of the built-in corpus: ${COMPLETION-CANDIDATES}.")
    private CorpusLanguage language = CorpusLanguage.EN;

    CorpusLanguage value() {
        return language;
    }

    /// Sources of data, the built-in one by its name in this language.
    ///
    /// @throws BadInputException when there is no built-in one whose language it could be
    List<String> of(List<String> data) {
        if (language == CorpusLanguage.EN) {
            return data;
        }
        if (!data.contains(DocumentSource.BUILT_IN)) {
            throw new BadInputException("--corpus-language says what the built-in corpus is written in, and --data " + String.join(" ",
                    data)
                    + " is something else. Leave it out.");
        }
        return data.stream().map(name -> name.equals(DocumentSource.BUILT_IN) ? language.dataName() : name).toList();
    }
}
