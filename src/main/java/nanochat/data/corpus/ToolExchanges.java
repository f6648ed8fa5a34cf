package nanochat.data.corpus;

import java.util.List;
import nanochat.conversation.Message.Assistant;
import nanochat.conversation.Part;

/// Questions that the calculator answers: sums, equations, counts of letters. And spelling, which needs no tool.
final class ToolExchanges {
    /// Of a hundred sums that can be told as a story, how many are. In training more: they are harder to understand than to compute.
    private static final int STORIES_PERCENT = 25;
    private static final int TRAINING_STORIES_PERCENT = 45;

    private final Dialog<Sum> sums;
    private final Dialog<SumStory> plus;
    private final Dialog<SumStory> minus;
    private final Dialog<SumStory> times;
    private final Dialog<SumStory> divided;
    private final List<String> names;
    private final List<String> things;
    private final Dialog<Equation> equations;
    private final Dialog<LetterCount> letterCounts;
    private final Dialog<String> spellings;
    private final Words words = new Words();

    ToolExchanges(Sections sections) {
        sums = new Dialog<>(sections, "sum", Sum::slot);
        plus = new Dialog<>(sections, "plus", SumStory::slot);
        minus = new Dialog<>(sections, "minus", SumStory::slot);
        times = new Dialog<>(sections, "times", SumStory::slot);
        divided = new Dialog<>(sections, "divided by", SumStory::slot);
        names = sections.lines("name");
        things = sections.lines("things");
        equations = new Dialog<>(sections, "equation", Equation::slot);
        letterCounts = new Dialog<>(sections, "letter count", LetterCount::slot);
        spellings = new Dialog<>(sections, "spelling", Spelling::slot);
    }

    Exchange arithmetic(Draw draw) {
        Sum sum = switch (draw.between(1, 4)) {
            case 1 -> Sum.draw(draw, 20, 10);
            case 2, 3 -> Sum.draw(draw, 99, 20);
            default -> Sum.draw(draw, 999, 99);
        };
        boolean told = sum.isOfSeveral() && draw.percent(draw.split() == Split.TRAIN ? TRAINING_STORIES_PERCENT : STORIES_PERCENT);
        return told ? exchange(draw, stories(sum.operator()), SumStory.of(sum, draw, names, things), sum) : exchange(draw, sums, sum, sum);
    }

    private static <C> Exchange exchange(Draw draw, Dialog<C> dialog, C context, Sum sum) {
        return new Exchange(Exchange.Kind.ARITHMETIC, dialog.question(draw, context),
                computed(sum.expression(), sum.result(), dialog.reply(draw, context)), new Answer.LastNumber(sum.result()));
    }

    private Dialog<SumStory> stories(Sum.Operator operator) {
        return switch (operator) {
            case PLUS -> plus;
            case MINUS -> minus;
            case TIMES -> times;
            case DIVIDED -> divided;
        };
    }

    Exchange equation(Draw draw) {
        Equation equation = Equation.draw(draw);
        String expression = "(" + equation.result() + (equation.offset() > 0 ? " - " : " + ") + Math.abs(equation.offset()) + ") / "
                + equation.factor();
        return new Exchange(Exchange.Kind.EQUATION, equations.question(draw, equation),
                computed(expression, equation.x(), equations.reply(draw, equation)), new Answer.ValueOfX(equation.x()));
    }

    Exchange letterCount(Draw draw) {
        LetterCount count = words.drawLetterCount(draw);
        return new Exchange(Exchange.Kind.LETTER_COUNT, letterCounts.question(draw, count),
                computed(count.expression(), count.count(), letterCounts.reply(draw, count)), new Answer.LastNumber(count.count()));
    }

    Exchange spelling(Draw draw) {
        String word = words.drawSpelling(draw);
        StringBuilder letters = new StringBuilder();
        Spelling.appendLetters(word, "-", letters);
        return new Exchange(Exchange.Kind.SPELLING, spellings.question(draw, word), new Assistant(spellings.reply(draw, word)),
                new Answer.Words(letters.toString(), 1));
    }

    private static Assistant computed(String expression, int result, String reply) {
        return new Assistant(new Part.Python(expression), new Part.PythonOutput("" + result), new Part.Text(reply));
    }
}
