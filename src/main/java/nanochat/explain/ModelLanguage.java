package nanochat.explain;

import java.nio.charset.StandardCharsets;
import java.util.List;
import nanochat.data.DocumentSource;
import nanochat.data.corpus.Corpus;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.data.corpus.Split;
import nanochat.tokenizer.Tokenizer;

/// Which of the built-in languages a model is of. Its tokenizer tells, whatever the model was trained on afterwards: tokens are what was frequent in the
/// text that it comes from, and text in another language falls into many short ones.
final class ModelLanguage {
    private static final int DOCUMENTS = 4;
    /// A tokenizer that packs so many bytes into a token has seen the language.
    private static final double KNOWN = 1.5;

    private ModelLanguage() {
    }

    /// Documents in the model's language; where it knows both, in that of the page.
    static Corpus corpus(Tokenizer tokenizer, Language page) {
        return of(tokenizer, page).corpus(DocumentSource.BUILT_IN_SEED);
    }

    static CorpusLanguage of(Tokenizer tokenizer, Language page) {
        double english = bytesPerToken(tokenizer, CorpusLanguage.EN);
        double chinese = bytesPerToken(tokenizer, CorpusLanguage.ZH);
        if (Math.min(english, chinese) >= KNOWN) {
            return switch (page) {
                case EN -> CorpusLanguage.EN;
                case ZH -> CorpusLanguage.ZH;
            };
        }
        return chinese > english ? CorpusLanguage.ZH : CorpusLanguage.EN;
    }

    private static double bytesPerToken(Tokenizer tokenizer, CorpusLanguage language) {
        List<String> documents = language.corpus(DocumentSource.BUILT_IN_SEED).documents(Split.VALIDATION).limit(DOCUMENTS).toList();
        long bytes = documents.stream().mapToLong(document -> document.getBytes(StandardCharsets.UTF_8).length).sum();
        return (double) bytes / documents.stream().mapToLong(document -> tokenizer.encode(document).length).sum();
    }
}
