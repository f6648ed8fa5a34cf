package nanochat.data.corpus;

import java.util.List;

/// Documents of solved equations.
final class EquationWriter {
    private final List<String> titles;
    private final List<Template<Equation>> lines;

    EquationWriter() {
        Sections sections = new Sections("equations.txt");
        titles = sections.lines("title");
        lines = sections.templates("equation", Equation::slot);
    }

    void write(Draw draw, StringBuilder out) {
        int end = out.length() + draw.length();
        if (draw.percent(60)) {
            out.append(draw.of(titles)).append("\n\n");
        }
        // A page of exercises keeps to a few ways of writing them.
        List<Template<Equation>> page = List.of(draw.of(lines), draw.of(lines), draw.of(lines));
        while (out.length() < end) {
            draw.of(page).append(Equation.draw(draw), out);
            out.append('\n');
        }
    }
}
