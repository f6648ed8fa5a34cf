package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import nanochat.conversation.Message;
import nanochat.conversation.Part;

/// Sums asked in Chinese words and in signs, which the calculator works out.
final class ChineseSums {
    private static final String REPLY = "reply";

    private final Map<Sum.Operator, Dialog<Sum>> dialogs = new EnumMap<>(Sum.Operator.class);

    ChineseSums() {
        Sections sections = new Sections("zh/sums.txt");
        for (Sum.Operator operator : Sum.Operator.values()) {
            List<String> lines = new ArrayList<>(sections.lines(section(operator)));
            lines.addAll(sections.lines(REPLY));
            dialogs.put(operator, new Dialog<>(section(operator), lines, name -> slot(operator, name)));
        }
    }

    private static String section(Sum.Operator operator) {
        return word(operator).substring(0, 1);
    }

    private static String word(Sum.Operator operator) {
        return switch (operator) {
            case PLUS -> "加";
            case MINUS -> "减";
            case TIMES -> "乘";
            case DIVIDED -> "除以";
        };
    }

    private static Template.Slot<Sum> slot(Sum.Operator operator, String name) {
        return switch (name) {
            case "a" -> Sum.slot("left");
            case "b" -> Sum.slot("right");
            case "word" -> (_, out) -> out.append(word(operator));
            default -> Sum.slot(name);
        };
    }

    private Dialog<Sum> dialog(Sum sum) {
        Dialog<Sum> found = dialogs.get(sum.operator());
        if (found == null) {
            throw new IllegalStateException("nothing says how to ask for " + sum.operator());
        }
        return found;
    }

    private static Sum draw(Draw draw) {
        return switch (draw.between(1, 4)) {
            case 1 -> Sum.draw(draw, 20, 10);
            case 2, 3 -> Sum.draw(draw, 99, 20);
            default -> Sum.draw(draw, 999, 99);
        };
    }

    Exchange exchange(Draw draw) {
        Sum sum = draw(draw);
        return new Exchange(ChineseKind.SUM.exchange(), dialog(sum).question(draw, sum),
                new Message.Assistant(new Part.Python(sum.expression()), new Part.PythonOutput("" + sum.result()), new Part.Text(dialog(sum)
                        .reply(draw, sum))),
                new Answer.LastNumber(sum.result()));
    }

    /// A small sum as a text tells it: `7加5等于12。`
    String statement(Draw draw) {
        Sum sum = Sum.draw(draw, 50, 10);
        return draw.percent(50)
                ? sum.left() + word(sum.operator()) + sum.right() + "等于" + sum.result() + "。"
                : sum.expression() + " = " + sum.result() + "。";
    }
}
