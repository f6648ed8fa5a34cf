package nanochat.data.corpus;

import java.util.List;
import nanochat.conversation.Message.Assistant;
import nanochat.conversation.Part;

/// Questions about the letters of a word, all of which the calculator answers: a model of tokens does not see letters.
final class WordExchanges {
    private final Words words;
    private final Dialog<LetterCount> letterCounts;
    private final Dialog<LetterCount> letterCountFollowUps;
    private final Dialog<String> spellings;
    private final Dialog<String> spellingFollowUps;
    private final Dialog<String> first;
    private final Dialog<String> last;
    private final Dialog<String> length;
    private final Dialog<String> backwards;

    WordExchanges(Sections sections, Words words) {
        this.words = words;
        letterCounts = new Dialog<>(sections, "letter count", LetterCount::slot);
        letterCountFollowUps = new Dialog<>(sections, "follow-up letter count", LetterCount::slot);
        spellings = new Dialog<>(sections, "spelling", Spelling::slot);
        spellingFollowUps = new Dialog<>(sections, "follow-up spelling", Spelling::slot);
        first = new Dialog<>(sections, "first letter", Spelling::slot);
        last = new Dialog<>(sections, "last letter", Spelling::slot);
        length = new Dialog<>(sections, "length of a word", Spelling::slot);
        backwards = new Dialog<>(sections, "backwards", Spelling::slot);
    }

    LetterCount drawLetterCount(Draw draw) {
        return words.drawAnyLetterCount(draw);
    }

    Exchange letterCount(Draw draw, LetterCount count) {
        return letterCount(draw, count, letterCounts);
    }

    /// The same letter in another word: "And in mirror?"
    Exchange letterCountFollowUp(Draw draw, LetterCount before) {
        return letterCount(draw, new LetterCount(words.drawAny(draw), before.letter()), letterCountFollowUps);
    }

    private static Exchange letterCount(Draw draw, LetterCount count, Dialog<LetterCount> dialog) {
        return new Exchange(Exchange.Kind.LETTER_COUNT, dialog.question(draw, count),
                computed(count.expression(), "" + count.count(), letterCountReply(draw, count, dialog)), new Answer.LastNumber(count
                        .count()));
    }

    private static String letterCountReply(Draw draw, LetterCount count, Dialog<LetterCount> dialog) {
        return dialog.reply(draw, count);
    }

    Exchange spelling(Draw draw) {
        return spelling(draw, spellings);
    }

    /// Another word: "And giraffe?"
    Exchange spellingFollowUp(Draw draw) {
        return spelling(draw, spellingFollowUps);
    }

    private Exchange spelling(Draw draw, Dialog<String> dialog) {
        String word = words.drawAny(draw);
        StringBuilder letters = new StringBuilder();
        Spelling.appendLetters(word, "-", letters);
        return exchange(draw, Exchange.Kind.SPELLING, dialog, word, "\"-\".join(" + Spelling.stripped(word) + ")", letters.toString());
    }

    /// The first or last letter of a word, its length, or the word backwards.
    Exchange letters(Draw draw) {
        String word = words.drawAny(draw);
        String stripped = Spelling.stripped(word);
        return switch (draw.between(1, 4)) {
            case 1 -> exchange(draw, Exchange.Kind.LETTERS, first, word, stripped + "[0]", word.substring(0, 1));
            case 2 -> exchange(draw, Exchange.Kind.LETTERS, last, word, stripped + "[-1]", word.substring(word.length() - 1));
            case 3 -> exchange(draw, Exchange.Kind.LETTERS, length, word, "len(" + stripped + ")", "" + word.length());
            default -> exchange(draw, Exchange.Kind.LETTERS, backwards, word, stripped + "[::-1]", Spelling.backwards(word));
        };
    }

    private static Exchange exchange(Draw draw, Exchange.Kind kind, Dialog<String> dialog, String word, String expression, String result) {
        return new Exchange(kind, dialog.question(draw, word), computed(expression, result, dialog.reply(draw, word)),
                new Answer.Words(result, 1));
    }

    private static Assistant computed(String expression, String result, String reply) {
        return new Assistant(List.of(new Part.Python(expression), new Part.PythonOutput(result), new Part.Text(reply)));
    }
}
