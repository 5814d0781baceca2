"""A post as one reader sees it: in a list, or inside of another. Pure."""

from dataclasses import dataclass

from fedinet.actors.model import Actor
from fedinet.posts.articles import Article, article_of
from fedinet.posts.model import Post
from fedinet.posts.shown import ShownFile, shown_files


@dataclass(frozen=True, slots=True)
class SeenPost:
    """A post and who wrote it, with what the reader's own filters do to it."""

    post: Post
    author: Actor
    warning: str = ""
    """The reader's own filter that folds it."""
    blurs: bool = False
    """A filter of the reader's folds its pictures."""

    @property
    def path(self) -> str:
        """Where its conversation is read here."""
        return f"/@{self.author.handle}/{self.post.id}"

    @property
    def files(self) -> tuple[ShownFile, ...]:
        return shown_files(self.post)

    @property
    def article(self) -> Article | None:
        return article_of(self.post, folded=self.blurs)


class Quoted(SeenPost):
    """A post inside of another: what it quotes in turn is not shown.

    A filter that leaves posts out folds it, too.
    """

    __slots__ = ()
