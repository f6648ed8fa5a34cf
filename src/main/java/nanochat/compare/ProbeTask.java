package nanochat.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import nanochat.data.BuiltInDocuments;
import nanochat.data.DocumentReader;
import nanochat.data.DocumentSource;
import nanochat.data.Share;
import nanochat.data.corpus.BuiltInCorpus;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.data.corpus.DocumentKind;
import nanochat.data.corpus.Fact;
import nanochat.data.corpus.Facts;
import nanochat.data.corpus.Phrasing;
import nanochat.data.corpus.Phrasing.Form;
import nanochat.data.corpus.Relation;
import nanochat.data.corpus.Split;

/// What a representation is asked to tell of texts.
///
/// @param classes how many there are; all about equally often
/// @param learned examples that a probe is fitted to
/// @param asked examples that it is measured on
record ProbeTask(Kind kind, int classes, List<Example> learned, List<Example> asked) {
    /// Examples to fit a probe to, and to measure it on.
    private static final int LEARNED = 800;
    private static final int ASKED = 400;
    private static final long SEED = 7;
    /// Of a document's beginning so many characters are shown; kinds are told apart easily by more.
    private static final int SHOWN = 60;
    private static final Pattern SENTENCES = Pattern.compile("[A-Z][^.!?\\n]{15,120}[.!?]");
    private static final int DOCUMENTS = 20_000;

    /// What is to be told.
    enum Kind {
        /// What kind of document begins so.
        DOCUMENT,
        /// Which relation a sentence tells, in words that are not among the learned.
        RELATION,
        /// Whether two neighbouring sentences stand in their order or are exchanged.
        ORDER;

        /// For people and files.
        String title() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// A text and its class, from 0.
    record Example(String text, int label) {}

    ProbeTask {
        learned = List.copyOf(learned);
        asked = List.copyOf(asked);
    }

    /// What can be asked about the documents of a source.
    static List<ProbeTask> of(DocumentSource source) {
        boolean builtIn = source instanceof BuiltInDocuments documents && documents.language() == CorpusLanguage.EN;
        return Stream.concat(builtIn ? Stream.of(kinds(), relations()) : Stream.empty(), order(source).stream()).toList();
    }

    /// Beginnings of documents that no model was trained on.
    private static ProbeTask kinds() {
        BuiltInCorpus corpus = new BuiltInCorpus(DocumentSource.BUILT_IN_SEED);
        int[] counts = new int[DocumentKind.values().length];
        int most = (LEARNED + ASKED) / counts.length;
        List<Example> examples = new ArrayList<>();
        for (int index = 0; examples.size() < most * counts.length; index++) {
            int kind = corpus.kind(Split.VALIDATION, index).ordinal();
            if (counts[kind] < most) {
                counts[kind]++;
                String text = corpus.document(Split.VALIDATION, index);
                examples.add(new Example(text.substring(0, Math.min(SHOWN, text.length())), kind));
            }
        }
        Collections.shuffle(examples, new Random(SEED)); // rare kinds were found last
        return split(Kind.DOCUMENT, counts.length, examples);
    }

    /// Fitted to sentences in the words of training, measured on sentences in held-out ones.
    private static ProbeTask relations() {
        Facts facts = new Facts();
        List<Relation> some = Arrays.stream(Relation.values()).filter(relation -> !facts.phrasings(relation, Form.STATEMENT,
                Split.VALIDATION).isEmpty()).toList();
        SplittableRandom random = new SplittableRandom(SEED);
        return new ProbeTask(Kind.RELATION, some.size(), statements(facts, some, Split.TRAIN, LEARNED, random), statements(facts, some,
                Split.VALIDATION, ASKED, random));
    }

    private static List<Example> statements(Facts facts, List<Relation> relations, Split split, int count, SplittableRandom random) {
        return Stream.iterate(0, i -> i + 1).limit(count).map(i -> {
            int label = i % relations.size();
            List<Fact> told = facts.of(relations.get(label));
            List<Phrasing> phrasings = facts.phrasings(relations.get(label), Form.STATEMENT, split);
            return new Example(phrasings.get(random.nextInt(phrasings.size())).render(told.get(random.nextInt(told.size()))), label);
        }).toList();
    }

    /// From held-out documents, the two sentences of each in which it has two.
    private static Optional<ProbeTask> order(DocumentSource source) {
        SplittableRandom random = new SplittableRandom(SEED);
        List<Example> examples = new ArrayList<>();
        try (DocumentReader reader = source.read(Split.VALIDATION, Share.WHOLE, source.start(Split.VALIDATION))) {
            Stream.generate(reader::next).takeWhile(Optional::isPresent).limit(DOCUMENTS).flatMap(document -> pair(document.orElseThrow()
                    .text()).stream()).limit(LEARNED + ASKED).forEach(pair -> {
                        boolean exchanged = random.nextBoolean();
                        examples.add(new Example(exchanged ? pair.get(1) + " " + pair.get(0) : pair.get(0) + " " + pair.get(1), exchanged
                                ? 1
                                : 0));
                    });
        }
        return examples.size() < ASKED ? Optional.empty() : Optional.of(split(Kind.ORDER, 2, examples));
    }

    private static Optional<List<String>> pair(String document) {
        List<String> sentences = SENTENCES.matcher(document).results().map(MatchResult::group).limit(2).toList();
        return sentences.size() < 2 ? Optional.empty() : Optional.of(sentences);
    }

    private static ProbeTask split(Kind kind, int classes, List<Example> examples) {
        int learned = examples.size() * LEARNED / (LEARNED + ASKED);
        return new ProbeTask(kind, classes, examples.subList(0, learned), examples.subList(learned, examples.size()));
    }
}
