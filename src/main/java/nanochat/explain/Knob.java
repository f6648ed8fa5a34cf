package nanochat.explain;

import java.util.List;
import nanochat.io.BadInputException;
import nanochat.io.Setting;

/// Something that a reader of a topic can change.
public sealed interface Knob {
    String name();

    /// What it is until the reader changes it.
    String value();

    /// The value that a reader chose.
    ///
    /// @throws BadInputException when it is none that this knob has
    String checked(String chosen);

    /// The same knobs, of which the whole number of this name goes up to `most` only.
    static List<Knob> within(List<Knob> knobs, String name, int most) {
        return knobs.stream().map(knob -> switch (knob) {
            case Whole whole when whole.name.equals(name) -> new Whole(name, Math.min(whole.standard, most), whole.least, most);
            case Whole _,Text _,Choice _ -> knob;
        }).toList();
    }

    private static BadInputException refusal(Knob knob, String what, String chosen) {
        String shown = chosen.length() > 40 ? chosen.substring(0, 40) + "…" : chosen;
        return BadInputException.about("%s must be %s, is '%s'", new Setting(knob.name()), what, shown);
    }

    /// Text.
    ///
    /// @param most characters
    record Text(String name, String value, int most) implements Knob {
        @Override
        public String checked(String chosen) {
            if (chosen.isBlank() || chosen.length() > most) {
                throw refusal(this, "text of 1 to " + most + " characters", chosen);
            }
            return chosen;
        }
    }

    /// A whole number.
    record Whole(String name, int standard, int least, int most) implements Knob {
        @Override
        public String value() {
            return Integer.toString(standard);
        }

        @Override
        public String checked(String chosen) {
            try {
                int number = Integer.parseInt(chosen.strip());
                if (number >= least && number <= most) {
                    return Integer.toString(number);
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw refusal(this, "a whole number from " + least + " to " + most, chosen);
        }
    }

    /// One of some words.
    record Choice(String name, List<String> choices) implements Knob {
        public Choice {
            choices = List.copyOf(choices);
        }

        @Override
        public String value() {
            return choices.getFirst();
        }

        @Override
        public String checked(String chosen) {
            if (!choices.contains(chosen)) {
                throw refusal(this, "one of " + String.join(", ", choices), chosen);
            }
            return chosen;
        }
    }
}
