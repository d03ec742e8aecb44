//! What goes to whom, what it looks like, and that its page in `docs` tells every member.
