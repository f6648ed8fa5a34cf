package nanochat.explain;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import nanochat.io.BadInputException;
import nanochat.page.Document;

/// Explains to any number of readers, one thing at a time: a few may wait, a reader's newest question takes the place of the one before, nothing takes
/// longer than its time, and what was explained lately is at hand. For any number of threads.
public final class Lab implements AutoCloseable {
    private static final int MOST_WAITING = 8;
    private static final int MOST_KEPT = 64;
    private static final Duration LONGEST = Duration.ofMinutes(1);

    private final Subjects subjects;
    private final Consumer<Throwable> errors;
    private final Duration longest;
    private final Deque<Question> waiting = new ArrayDeque<>();
    private final Map<Key, Document> kept = new LinkedHashMap<>(16, 0.75f, true);
    private final Thread worker = Thread.ofPlatform().name("explain").daemon().unstarted(this::work);
    private Optional<Question> current = Optional.empty();
    private boolean closed;

    /// How far a question is.
    public sealed interface Status {
        /// @param before that are answered first
        record Waiting(int before) implements Status {}

        /// @param section that is being written; empty before the first
        record Working(String section) implements Status {}

        record Answered(Document document) implements Status {}

        /// It cannot be answered.
        record Refused(String reason) implements Status {}

        /// Its time was over.
        record TooSlow(Duration longest) implements Status {}

        /// By an error of the program.
        record Failed() implements Status {}

        /// Nobody wants to know any more: the reader has left or asked anew, or the lab is closed.
        record Dropped() implements Status {}

        /// Whether nothing comes after it.
        default boolean isLast() {
            return !(this instanceof Waiting || this instanceof Working);
        }
    }

    private record Key(String topic, Language language, Map<String, String> values) {}

    /// Ends the work on a question from inside.
    private static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Stop() {
            super("stopped", null, false, false);
        }
    }

    /// A reader's question; who asked it waits for what becomes of it and then leaves it.
    public final class Question {
        private final String reader;
        private final Topic topic;
        private final Knobs knobs;
        private final Key key;
        private Status status = new Status.Working("");

        private Question(String reader, Topic topic, Language language, Knobs knobs) {
            this.reader = reader;
            this.topic = topic;
            this.knobs = knobs;
            this.key = new Key(topic.name(), language, knobs.values());
        }

        public Status status() {
            synchronized (Lab.this) {
                return status;
            }
        }

        /// Waits for another status than this one; nothing when there is none within this time.
        public Optional<Status> await(Status known, Duration patience) throws InterruptedException {
            long end = System.nanoTime() + patience.toNanos();
            synchronized (Lab.this) {
                while (status.equals(known)) {
                    long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                    if (left <= 0) {
                        return Optional.empty();
                    }
                    Lab.this.wait(left);
                }
                return Optional.of(status);
            }
        }

        /// The one who asked does not wait any more.
        public void leave() {
            synchronized (Lab.this) {
                waiting.remove(this);
                become(new Status.Dropped());
                tellWaiting();
            }
        }

        /// The last status stays.
        private void become(Status next) {
            if (!status.isLast()) {
                status = next;
                Lab.this.notifyAll();
            }
        }
    }

    /// @param errors told of errors of the program
    public Lab(Subjects subjects, Consumer<Throwable> errors) {
        this(subjects, errors, LONGEST);
    }

    Lab(Subjects subjects, Consumer<Throwable> errors, Duration longest) {
        this.subjects = subjects;
        this.errors = errors;
        this.longest = longest;
        worker.start();
    }

    /// What it is all shown on, in words.
    public String subject(Messages messages) {
        return subjects.name(messages);
    }

    /// What a reader can change in a topic.
    public List<Knob> knobs(Topic topic) {
        return topic.knobs(subjects.config());
    }

    /// Asks a question, in place of the one that the same reader asked before. Nothing when too many are waiting.
    ///
    /// @throws BadInputException when a knob is none of the topic's, or a value none of the knob's
    public synchronized Optional<Question> ask(String reader, Topic topic, Language language, Map<String, String> chosen) {
        Question question = new Question(reader, topic, language, new Knobs(topic, chosen));
        for (Iterator<Question> others = waiting.iterator(); others.hasNext();) {
            Question other = others.next();
            if (other.reader.equals(reader)) {
                others.remove();
                other.become(new Status.Dropped());
            }
        }
        current.filter(other -> other.reader.equals(reader)).ifPresent(other -> other.become(new Status.Dropped()));
        Document known = kept.get(question.key);
        if (known != null) {
            question.become(new Status.Answered(known));
        } else if (closed) {
            question.become(new Status.Dropped());
        } else if (waiting.size() >= MOST_WAITING) {
            return Optional.empty();
        } else {
            waiting.add(question);
            notifyAll();
        }
        tellWaiting();
        return Optional.of(question);
    }

    private void tellWaiting() {
        int before = current.isPresent() ? 1 : 0;
        for (Question question : waiting) {
            question.become(new Status.Waiting(before++));
        }
    }

    private void work() {
        for (Optional<Question> next = next(); next.isPresent(); next = next()) {
            Question question = next.get();
            Status end = answer(question);
            synchronized (this) {
                if (end instanceof Status.Answered(Document document)) {
                    keep(question.key, document);
                }
                question.become(end);
                current = Optional.empty();
                tellWaiting();
            }
        }
    }

    private synchronized Optional<Question> next() {
        while (waiting.isEmpty() && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                return Optional.empty();
            }
        }
        current = closed ? Optional.empty() : Optional.of(waiting.remove());
        current.ifPresent(question -> question.become(new Status.Working("")));
        tellWaiting();
        return current;
    }

    private Status answer(Question question) {
        Optional<Document> known = known(question.key);
        if (known.isPresent()) {
            return new Status.Answered(known.get());
        }
        Messages messages = Messages.of(question.key.topic, question.key.language);
        try (Subject subject = subjects.open()) {
            long end = System.nanoTime() + longest.toNanos(); // not counting the model that is made for the first one
            Explanation explanation = new Explanation(messages, subject.name(messages), section -> goOn(question, section, end));
            question.topic.explain(subject, question.knobs, explanation);
            return new Status.Answered(explanation.document());
        } catch (Stop stopped) {
            return new Status.TooSlow(longest);
        } catch (BadInputException refused) {
            return new Status.Refused(String.valueOf(refused.getMessage()));
        } catch (RuntimeException | OutOfMemoryError failure) {
            errors.accept(failure);
            return new Status.Failed();
        }
    }

    private synchronized void goOn(Question question, String section, long end) {
        question.become(new Status.Working(section));
        if (System.nanoTime() > end || question.status.isLast()) {
            throw new Stop();
        }
    }

    private synchronized Optional<Document> known(Key key) {
        return Optional.ofNullable(kept.get(key));
    }

    private void keep(Key key, Document document) {
        kept.put(key, document);
        if (kept.size() > MOST_KEPT) {
            kept.remove(kept.keySet().iterator().next());
        }
    }

    /// Drops what is asked and waits until the work under way has come to an end.
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            waiting.forEach(question -> question.become(new Status.Dropped()));
            waiting.clear();
            current.ifPresent(question -> question.become(new Status.Dropped()));
            notifyAll();
        }
        try {
            worker.join(longest);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
