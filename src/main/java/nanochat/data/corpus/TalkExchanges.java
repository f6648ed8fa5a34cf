package nanochat.data.corpus;

import java.util.List;
import java.util.stream.Stream;
import nanochat.conversation.Message.Assistant;

/// Talk without a right answer: greetings, who the assistant is, and what it does not know.
final class TalkExchanges {
    /// Names that nobody bears, for questions whose honest answer is that one does not know.
    private record Invented(String country, String person) {
        private static final List<String> STARTS = List.of("Zan", "Bor", "Kel", "Mor", "Vel", "Tar", "Quo", "Lim", "Dro", "Fen", "Gal",
                "Hus", "Jor", "Nim",
                "Pel", "Ril", "Sov", "Wex", "Yor", "Ost");
        private static final List<String> MIDDLES = List.of("do", "ba", "le", "mi", "ra", "to", "vi", "ga", "nu", "se");
        private static final List<String> COUNTRY_ENDS = List.of("ria", "nia", "land", "stan", "via", "lia");
        private static final List<String> PERSON_ENDS = List.of("rick", "vitch", "son", "dale", "mund", "bert");

        /// Nine in ten names are for training, the others for validation.
        static Invented draw(Draw draw) {
            return new Invented(name(draw, COUNTRY_ENDS), draw.of(FIRST_NAMES) + " " + name(draw, PERSON_ENDS));
        }

        private static String name(Draw draw, List<String> ends) {
            while (true) {
                String name = draw.of(STARTS) + draw.of(MIDDLES) + draw.of(ends);
                if (draw.allows(name.hashCode())) {
                    return name;
                }
            }
        }

        private static Template.Slot<Invented> slot(String name) {
            return switch (name) {
                case "country" -> (invented, out) -> out.append(invented.country);
                case "person" -> (invented, out) -> out.append(invented.person);
                default -> throw new IllegalArgumentException("only countries and people are invented, not " + name);
            };
        }
    }

    private static final List<String> FIRST_NAMES = List.of("Anna", "Boris", "Carla", "Dennis", "Elsa", "Fred", "Greta", "Hugo", "Ines",
            "Karl", "Lena", "Marco");

    /// Somebody who says their name.
    private record Person(String name) {
        private static Template.Slot<Person> slot(String name) {
            if (!name.equals("name")) {
                throw new IllegalArgumentException("people have a name, not " + name);
            }
            return (person, out) -> out.append(person.name);
        }
    }

    private final Dialogs<Invented> openings;
    private final Dialogs<Invented> closings;
    private final Dialogs<Invented> smallTalk;
    private final Dialogs<Invented> identity;
    private final Dialogs<Invented> invented;
    private final Dialogs<Draw> unknown;
    private final Dialogs<Draw> requests;
    private final Dialog<Person> introductions;
    private final Dialog<Person> recollections;
    private final List<String> people;

    /// @param sections of talk
    /// @param world what nobody could know from the corpus, or do for the user
    TalkExchanges(Sections sections, Sections world, Facts facts) {
        openings = new Dialogs<>(sections, "opening ", Invented::slot);
        closings = new Dialogs<>(sections, "closing ", Invented::slot);
        smallTalk = new Dialogs<>(sections, "small talk ", Invented::slot);
        identity = new Dialogs<>(sections, "identity ", Invented::slot);
        invented = new Dialogs<>(sections, "unknown ", Invented::slot);
        Blanks blanks = new Blanks(world, facts);
        unknown = new Dialogs<>(world, "unknown ", blanks::slot);
        requests = new Dialogs<>(world, "request ", blanks::slot);
        introductions = new Dialog<>(sections, "introduction", Person::slot);
        recollections = new Dialog<>(sections, "recollection", Person::slot);
        people = sections.lines("names").stream().flatMap(line -> Stream.of(line.split(" ", -1))).toList();
    }

    /// What a conversation may begin with.
    Exchange opening(Draw draw) {
        return exchange(Exchange.Kind.SMALL_TALK, draw, openings);
    }

    /// What it may end with.
    Exchange closing(Draw draw) {
        return exchange(Exchange.Kind.SMALL_TALK, draw, closings);
    }

    /// Everything that people say without asking for anything, greetings and thanks too.
    Exchange smallTalk(Draw draw) {
        return switch (draw.between(1, 10)) {
            case 1, 2 -> opening(draw);
            case 3 -> closing(draw);
            case 4 -> introduction(draw, draw.of(people));
            default -> exchange(Exchange.Kind.SMALL_TALK, draw, smallTalk);
        };
    }

    String person(Draw draw) {
        return draw.of(people);
    }

    /// The user says who they are.
    Exchange introduction(Draw draw, String name) {
        return ofPerson(draw, introductions, new Person(name));
    }

    /// Later the user asks who they are.
    Exchange recollection(Draw draw, String name) {
        return ofPerson(draw, recollections, new Person(name));
    }

    private static Exchange ofPerson(Draw draw, Dialog<Person> dialog, Person person) {
        String reply = dialog.reply(draw, person);
        return new Exchange(Exchange.Kind.SMALL_TALK, dialog.question(draw, person), new Assistant(reply),
                Answer.Words.in(reply, person.name));
    }

    Exchange identity(Draw draw) {
        return exchange(Exchange.Kind.IDENTITY, draw, identity);
    }

    Exchange unknown(Draw draw) {
        if (draw.percent(35)) {
            Dialog<Invented> dialog = invented.draw(draw);
            Invented names = Invented.draw(draw);
            return honest(Exchange.Kind.UNKNOWN, dialog.question(draw, names), dialog.reply(draw, names));
        }
        return honest(draw, Exchange.Kind.UNKNOWN, unknown);
    }

    /// What the assistant is asked to do and cannot.
    Exchange request(Draw draw) {
        return honest(draw, Exchange.Kind.REQUEST, requests);
    }

    private static Exchange honest(Draw draw, Exchange.Kind kind, Dialogs<Draw> dialogs) {
        Dialog<Draw> dialog = dialogs.draw(draw);
        return honest(kind, dialog.question(draw, draw), dialog.reply(draw, draw));
    }

    private static Exchange honest(Exchange.Kind kind, String question, String reply) {
        return new Exchange(kind, question, new Assistant(reply), new Answer.Honest());
    }

    private static Exchange exchange(Exchange.Kind kind, Draw draw, Dialogs<Invented> dialogs) {
        Dialog<Invented> dialog = dialogs.draw(draw);
        Invented names = Invented.draw(draw);
        return new Exchange(kind, dialog.question(draw, names), new Assistant(dialog.reply(draw, names)),
                new Answer.OneOf(dialog.replies(names)));
    }
}
