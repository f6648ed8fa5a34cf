package nanochat.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
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

/// A question with several ways to fill a blank, one of which is right. Whoever guesses is right once in [#CANDIDATES].
///
/// @param texts the sentence, filled in each way
/// @param right which of them is true
record Blank(List<String> texts, int right) {
    /// Ways to fill a blank.
    static final int CANDIDATES = 4;

    private static final long SEED = 42;
    private static final Pattern SENTENCE = Pattern.compile("[A-Z][^.!?\\n]{40,160}[.!?]");
    private static final Pattern WORD = Pattern.compile("(?<= )[a-z]{4,12}(?=[ ,])");
    /// Documents that sentences are taken from, at most.
    private static final int DOCUMENTS = 4000;

    Blank {
        texts = List.copyOf(texts);
    }

    /// Questions about the documents of a source: about facts where it is the built-in English corpus, else which word stands in a held-out sentence.
    ///
    /// @param count how many at most
    static List<Blank> of(DocumentSource source, int count) {
        return source instanceof BuiltInDocuments builtIn && builtIn.language() == CorpusLanguage.EN ? facts(count) : words(source, count);
    }

    /// Facts that training tells, in words that it never uses; the other candidates are answers of the same relation. Every relation is drawn alike.
    static List<Blank> facts(int count) {
        Facts facts = new Facts();
        List<Relation> relations = Arrays.stream(Relation.values()).filter(relation -> relation != Relation.LIST && facts.of(relation)
                .stream().map(Fact::answer).distinct().count() >= 2 * CANDIDATES && !heldOut(facts, relation).isEmpty()).toList();
        SplittableRandom random = new SplittableRandom(SEED);
        List<Blank> blanks = new ArrayList<>();
        while (blanks.size() < count) {
            Relation relation = relations.get(random.nextInt(relations.size()));
            List<Fact> some = facts.of(relation);
            Fact fact = some.get(random.nextInt(some.size()));
            Phrasing phrasing = heldOut(facts, relation).get(random.nextInt(heldOut(facts, relation).size()));
            List<String> alsoRight = some.stream().filter(other -> other.subject().equals(fact.subject())).map(Fact::answer).toList();
            List<String> wrong = new ArrayList<>(some.stream().map(Fact::answer).distinct().filter(answer -> !alsoRight.contains(answer))
                    .toList());
            blanks.add(drawn(fact.answer(), wrong, answer -> phrasing.render(new Fact(relation, fact.subject(), answer)), random));
        }
        return blanks;
    }

    private static List<Phrasing> heldOut(Facts facts, Relation relation) {
        return facts.phrasings(relation, Form.STATEMENT, Split.VALIDATION);
    }

    /// A word of a sentence from a held-out document; the other candidates are words of other sentences.
    static List<Blank> words(DocumentSource source, int count) {
        List<String[]> sentences = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(SEED);
        try (DocumentReader reader = source.read(Split.VALIDATION, Share.WHOLE, source.start(Split.VALIDATION))) {
            Stream.generate(reader::next).takeWhile(Optional::isPresent).limit(DOCUMENTS).flatMap(document -> cut(document.orElseThrow()
                    .text(), random).stream()).limit(2L * count).forEach(sentences::add);
        }
        List<String> words = sentences.stream().map(parts -> parts[1]).distinct().toList();
        return words.size() < 2 * CANDIDATES
                ? List.of()
                : sentences.stream().limit(count).map(parts -> drawn(parts[1], new ArrayList<>(words.stream().filter(word -> !word.equals(
                        parts[1])).toList()), word -> parts[0] + word + parts[2], random)).toList();
    }

    /// The first sentence of a document that has a word to ask for: what is before it, the word, what is behind.
    private static Optional<String[]> cut(String document, SplittableRandom random) {
        return SENTENCE.matcher(document).results().flatMap(sentence -> {
            var words = WORD.matcher(sentence.group()).results().toList();
            if (words.isEmpty()) {
                return Stream.empty();
            }
            var word = words.get(random.nextInt(words.size()));
            return Stream.<String[]>of(new String[]{sentence.group().substring(0, word.start()), word.group(), sentence.group().substring(
                    word.end())});
        }).findFirst();
    }

    private static Blank drawn(String right, List<String> wrong, UnaryOperator<String> sentence, SplittableRandom random) {
        Collections.shuffle(wrong, new Random(random.nextLong()));
        List<String> answers = new ArrayList<>(wrong.subList(0, CANDIDATES - 1));
        int place = random.nextInt(CANDIDATES);
        answers.add(place, right);
        return new Blank(answers.stream().map(sentence).toList(), place);
    }

    /// How many tokens the texts have in common at their beginnings; at least one of each is left.
    static int commonBeginning(List<int[]> texts) {
        int shortest = texts.stream().mapToInt(text -> text.length).min().orElseThrow();
        return IntStream.range(0, shortest - 1).filter(i -> texts.stream().anyMatch(text -> text[i] != texts.getFirst()[i])).findFirst()
                .orElse(shortest - 1);
    }

    /// How many tokens they have in common at their ends, behind `beginning` and one more.
    static int commonEnd(List<int[]> texts, int beginning) {
        int room = texts.stream().mapToInt(text -> text.length).min().orElseThrow() - beginning - 1;
        return IntStream.range(0, room).filter(i -> texts.stream().anyMatch(text -> text[text.length - 1 - i] != texts.getFirst()[texts
                .getFirst().length - 1 - i])).findFirst().orElse(room);
    }
}
