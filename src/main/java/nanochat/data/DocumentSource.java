package nanochat.data;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.data.corpus.Split;
import nanochat.io.BadInputException;

/// Where documents come from: the built-in corpus, or files. Training and validation documents are disjoint; files have no documents for
/// tests beside those for validation.
public sealed interface DocumentSource permits BuiltInDocuments, FileDocuments {
    /// The value of `--data` that means the built-in corpus.
    String BUILT_IN = "builtin";

    /// The built-in corpus is the same for every run, whatever the seed of its training.
    long BUILT_IN_SEED = 0;

    /// Understands the values of `--data`: either one name of a [CorpusLanguage], such as `builtin`, or files and folders ([FileDocuments]).
    ///
    /// @throws BadInputException when a path is missing, unreadable, empty or of no known kind
    static DocumentSource of(List<String> data, DocumentOptions options) {
        Optional<CorpusLanguage> language = data.stream().map(CorpusLanguage::named).flatMap(Optional::stream).findFirst();
        if (language.isPresent() && data.size() == 1) {
            return new BuiltInDocuments(BUILT_IN_SEED, language.get());
        }
        if (language.isPresent()) {
            throw new BadInputException("--data takes either '" + language.get().dataName()
                    + "' or files and folders, not both; a folder of that name is './" + language.get().dataName() + "'");
        }
        return new FileDocuments(data.stream().map(Path::of).toList(), options);
    }

    /// As above, with the usual options.
    static DocumentSource of(List<String> data, TextSplit textSplit) {
        return of(data, new DocumentOptions(textSplit));
    }

    /// Where the first document of a split starts.
    DocumentPosition start(Split split);

    /// Reads one epoch of this rank's documents of `split`, from `from` on.
    DocumentReader read(Split split, Share share, DocumentPosition from);

    /// Reads single documents again, each once, in whatever order is cheapest.
    void reread(Split split, Collection<DocumentPosition> positions, Consumer<Document> action);

    /// What people should know of how the source was understood, such as files that were passed over; lines to print.
    List<String> notes();

    /// A line that changes when the documents do, see [Fingerprints]: of files names, sizes and content, which is read whole or, where that
    /// takes long, in places.
    String fingerprint();

    /// As [#fingerprint()], without the content of files.
    String fingerprintOfSizes();

    /// As [#fingerprint()], but of the file at `position` only what comes before that: it stays the same when a document there is mended.
    String fingerprintBefore(DocumentPosition position);

    /// The documents left out so far by all readers together.
    Omissions omissions();
}
