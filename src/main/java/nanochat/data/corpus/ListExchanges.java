package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import nanochat.conversation.Message.Assistant;

/// Asks for some members of a collection ("Name three animals."), for all of one ("List the months."), and to count. A collection is always
/// told in the order of its file, `collections.txt`, from the beginning.
final class ListExchanges {
    private static final int MOST = 8;
    private static final List<String> NUMBERS = List.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight");

    /// A section of the file: lines of `called` (what the members are called, in the plural), at most one of `one` (in the singular) and one
    /// of `members`. Of a collection without `one` all members are asked for.
    private record Collection(List<String> called, List<String> one, List<String> members) {
        private static Collection read(Sections sections, String name) {
            return new Collection(after("called ", sections.lines(name)), after("one ", sections.lines(name)),
                    after("members ", sections.lines(name)));
        }

        private static List<String> after(String word, List<String> lines) {
            return lines.stream().filter(line -> line.startsWith(word)).flatMap(line -> List.of(line.substring(word.length()).split(", ",
                    -1)).stream()).toList();
        }

        private boolean isWhole() {
            return one.isEmpty();
        }
    }

    /// What is asked for.
    ///
    /// @param number how it says how many: `three`, `3`, `some`
    /// @param called what the members are called
    private record Wish(String number, String called, List<String> members) {
        private String enumerated() {
            return members.size() == 1
                    ? members.getFirst()
                    : String.join(", ", members.subList(0, members.size() - 1)) + " and " + members.getLast();
        }

        private static Template.Slot<Wish> slot(String name) {
            return switch (name) {
                case "number" -> (wish, out) -> out.append(wish.number);
                case "things" -> (wish, out) -> out.append(wish.called);
                case "count" -> (wish, out) -> out.append(NUMBERS.get(wish.members.size()));
                case "members" -> (wish, out) -> out.append(wish.enumerated());
                case "all" -> (wish, out) -> out.append(String.join(", ", wish.members));
                case "from" -> (wish, out) -> out.append(wish.members.getFirst());
                case "to" -> (wish, out) -> out.append(wish.members.getLast());
                default -> throw new IllegalArgumentException("a list has no slot " + name);
            };
        }
    }

    private final List<Collection> open;
    private final List<Collection> whole;
    private final Dialog<Wish> some;
    private final Dialog<Wish> one;
    private final Dialog<Wish> all;
    private final Dialog<Wish> countUp;
    private final Dialog<Wish> count;
    private final Dialog<Wish> countDown;

    ListExchanges(Sections sections) {
        Sections file = new Sections("collections.txt");
        List<Collection> collections = file.names().stream().map(name -> Collection.read(file, name)).toList();
        open = collections.stream().filter(collection -> !collection.isWhole()).toList();
        whole = collections.stream().filter(Collection::isWhole).toList();
        some = new Dialog<>(sections, "some of a list", Wish::slot);
        one = new Dialog<>(sections, "one of a list", Wish::slot);
        all = new Dialog<>(sections, "whole list", Wish::slot);
        countUp = new Dialog<>(sections, "count up", Wish::slot);
        count = new Dialog<>(sections, "count from to", Wish::slot);
        countDown = new Dialog<>(sections, "count down", Wish::slot);
    }

    Exchange exchange(Draw draw) {
        return switch (draw.between(1, 10)) {
            case 1, 2, 3, 4 -> some(draw);
            case 5 -> one(draw);
            case 6, 7, 8 -> all(draw);
            default -> counted(draw);
        };
    }

    private Exchange some(Draw draw) {
        Collection collection = draw.of(open);
        int wished = draw.between(2, draw.percent(60) ? 5 : Math.min(MOST, collection.members.size()));
        int size = Math.min(wished, collection.members.size());
        String number = switch (draw.between(1, 10)) {
            case 1, 2, 3, 4 -> NUMBERS.get(size);
            case 5, 6, 7 -> "" + size;
            default -> size == 2 ? "a couple of" : size == 3 ? draw.of(List.of("some", "a few")) : NUMBERS.get(size);
        };
        return exchange(draw, some, new Wish(number, draw.of(collection.called), collection.members.subList(0, size)), collection);
    }

    private Exchange one(Draw draw) {
        Collection collection = draw.of(open);
        return exchange(draw, one, new Wish("one", draw.of(collection.one), collection.members.subList(0, 1)), collection);
    }

    private Exchange all(Draw draw) {
        Collection collection = draw.of(whole);
        return exchange(draw, all, new Wish("all", draw.of(collection.called), collection.members), collection);
    }

    private static Exchange exchange(Draw draw, Dialog<Wish> dialog, Wish wish, Collection collection) {
        return new Exchange(Exchange.Kind.LIST, dialog.question(draw, wish), new Assistant(dialog.reply(draw, wish)),
                new Answer.Members(collection.members, wish.members.size()));
    }

    private Exchange counted(Draw draw) {
        boolean down = draw.percent(25);
        int from = down || draw.percent(60) ? 1 : draw.between(1, 20);
        int to = from + draw.between(2, 14);
        List<String> numbers = new ArrayList<>(IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList());
        Wish wish = new Wish("all", "numbers", down ? numbers.reversed() : numbers);
        Dialog<Wish> dialog = down ? countDown : from == 1 && draw.percent(70) ? countUp : count;
        return new Exchange(Exchange.Kind.LIST, dialog.question(draw, wish), new Assistant(dialog.reply(draw, wish)),
                new Answer.OneOf(dialog.replies(wish)));
    }
}
