package nanochat.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import nanochat.data.BuiltInDocuments;
import nanochat.data.DocumentReader;
import nanochat.data.DocumentSource;
import nanochat.data.Share;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.data.corpus.Fact;
import nanochat.data.corpus.Facts;
import nanochat.data.corpus.Phrasing;
import nanochat.data.corpus.Phrasing.Form;
import nanochat.data.corpus.Relation;
import nanochat.data.corpus.Split;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// What models are asked to write.
///
/// @param facts beginnings of true sentences whose end is the answer
/// @param documents held-out texts, to go on with their beginnings and to fill gaps in
record WritingTask(List<Prompt> facts, List<String> documents) {
    private static final int FACTS = 100;
    private static final int DOCUMENTS = 40;
    /// Characters that a document has to have, so that there is enough of it.
    private static final int LEAST_LENGTH = 280;
    private static final long SEED = 11;

    /// A beginning of a sentence and what has to follow.
    record Prompt(String text, String answer) {}

    WritingTask {
        facts = List.copyOf(facts);
        documents = List.copyOf(documents);
    }

    /// About the documents of a source.
    static WritingTask of(DocumentSource source) {
        boolean builtIn = source instanceof BuiltInDocuments documents && documents.language() == CorpusLanguage.EN;
        try (DocumentReader reader = source.read(Split.VALIDATION, Share.WHOLE, source.start(Split.VALIDATION))) {
            List<String> documents = Stream.generate(reader::next).takeWhile(Optional::isPresent).map(document -> document.orElseThrow()
                    .text()).filter(text -> text.length() >= LEAST_LENGTH).limit(DOCUMENTS).toList();
            return new WritingTask(builtIn ? prompts() : List.of(), documents);
        }
    }

    /// In words that training never uses.
    private static List<Prompt> prompts() {
        Facts facts = new Facts();
        SplittableRandom random = new SplittableRandom(SEED);
        List<Relation> relations = Arrays.stream(Relation.values()).filter(relation -> relation != Relation.LIST).toList();
        List<Prompt> prompts = new ArrayList<>();
        while (prompts.size() < FACTS) {
            Relation relation = relations.get(random.nextInt(relations.size()));
            List<Phrasing> phrasings = facts.phrasings(relation, Form.STATEMENT, Split.VALIDATION);
            if (!phrasings.isEmpty()) {
                Fact fact = facts.of(relation).get(random.nextInt(facts.of(relation).size()));
                String sentence = phrasings.get(random.nextInt(phrasings.size())).render(fact);
                String end = " " + fact.answer() + ".";
                if (sentence.endsWith(end)) {
                    prompts.add(new Prompt(sentence.substring(0, sentence.length() - end.length()), fact.answer()));
                }
            }
        }
        return prompts;
    }

    /// A text behind bos, as documents begin.
    static int[] behindBos(Tokenizer tokenizer, String text) {
        int[] tokens = tokenizer.encode(text);
        int[] all = new int[tokens.length + 1];
        all[0] = tokenizer.id(SpecialToken.BOS);
        System.arraycopy(tokens, 0, all, 1, tokens.length);
        return all;
    }
}
