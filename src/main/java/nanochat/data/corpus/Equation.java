package nanochat.data.corpus;

/// `factor*x + offset = result`, with the whole number x that solves it. The offset is not zero and may be negative.
record Equation(int factor, int x, int offset) {
    Equation {
        if (factor < 2 || x < 1 || offset == 0 || factor * x + offset < 0) {
            throw new IllegalArgumentException("no equation for factor " + factor + ", x " + x + ", offset " + offset);
        }
    }

    static Equation draw(Draw draw) {
        while (true) {
            int factor = draw.between(2, 9);
            int x = draw.between(1, 9);
            int offset = draw.percent(70) ? draw.between(1, 9) : -draw.between(1, Math.min(9, factor * x));
            if (draw.allows(key(factor, x, offset))) {
                return new Equation(factor, x, offset);
            }
        }
    }

    /// Tells this equation from all others; decides whether it is held out.
    long key() {
        return key(factor, x, offset);
    }

    private static long key(int factor, int x, int offset) {
        return (factor * 100L + offset + 50) * 100 + x;
    }

    int result() {
        return factor * x + offset;
    }

    /// `5*x + 3`.
    String left() {
        return factor + "*x " + sign() + " " + Math.abs(offset);
    }

    String sign() {
        return offset > 0 ? "+" : "-";
    }

    /// `subtract 3 from both sides`.
    String undo() {
        return offset > 0 ? "subtract " + offset + " from both sides" : "add " + -offset + " to both sides";
    }

    /// `add 3`.
    String apply() {
        return offset > 0 ? "add " + offset : "subtract " + -offset;
    }

    static Template.Slot<Equation> slot(String name) {
        return switch (name) {
            case "equation" -> (equation, out) -> out.append(equation.left()).append(" = ").append(equation.result());
            case "flipped" -> (equation, out) -> out.append(equation.result()).append(" = ").append(equation.left());
            case "compact" -> (equation, out) -> out.append(equation.left().replace("*", "")).append(" = ").append(equation.result());
            case "factor" -> (equation, out) -> out.append(equation.factor);
            case "x" -> (equation, out) -> out.append(equation.x);
            case "product" -> (equation, out) -> out.append(equation.factor * equation.x);
            case "offset" -> (equation, out) -> out.append(Math.abs(equation.offset));
            case "sign" -> (equation, out) -> out.append(equation.sign());
            case "inverse" -> (equation, out) -> out.append(equation.offset > 0 ? "-" : "+");
            case "result" -> (equation, out) -> out.append(equation.result());
            case "undo" -> (equation, out) -> out.append(equation.undo());
            case "apply" -> (equation, out) -> out.append(equation.apply());
            default -> throw new IllegalArgumentException("an equation has no slot " + name);
        };
    }
}
