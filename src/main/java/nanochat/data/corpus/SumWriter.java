package nanochat.data.corpus;

import java.util.List;

/// Documents of sums: in signs, in words, and in little stories.
final class SumWriter {
    private static final int LARGEST = 20;
    private static final int LARGEST_FACTOR = 10;

    private final Sections sections = new Sections("sums.txt");
    private final List<Template<Sum>> lines = sections.templates("line", Sum::slot);
    private final List<Template<Sum>> sentences = sections.templates("any", Sum::slot);
    private final List<Template<Sum>> plus = sections.templates("plus", Sum::slot);
    private final List<Template<Sum>> minus = sections.templates("minus", Sum::slot);
    private final List<Template<Sum>> times = sections.templates("times", Sum::slot);
    private final List<Template<Sum>> divided = sections.templates("divided by", Sum::slot);

    void write(Draw draw, StringBuilder out) {
        int end = out.length() + draw.length();
        boolean prose = draw.percent(50);
        while (out.length() < end) {
            Sum sum = Sum.draw(draw, LARGEST, LARGEST_FACTOR);
            template(draw, sum, prose).append(sum, out);
            out.append(prose ? ' ' : '\n');
        }
    }

    private Template<Sum> template(Draw draw, Sum sum, boolean prose) {
        if (!prose) {
            return draw.of(draw.percent(60) ? lines : sentences);
        }
        return draw.of(sum.isOfSeveral() && draw.percent(70) ? stories(sum.operator()) : sentences);
    }

    private List<Template<Sum>> stories(Sum.Operator operator) {
        return switch (operator) {
            case PLUS -> plus;
            case MINUS -> minus;
            case TIMES -> times;
            case DIVIDED -> divided;
        };
    }
}
