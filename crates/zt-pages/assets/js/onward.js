// A page whose frames tell applications of a sign-out. It goes on when all of them have loaded or failed, and waits no longer
// than this for one that hangs. Without this, the page goes on by itself and its link does the same.
const limit = 5000;
const onward = document.querySelector("a[data-onward]");
if (onward) {
  let going = false;
  const go = () => {
    if (!going) {
      going = true;
      location.replace(onward.href);
    }
  };
  setTimeout(go, limit);
  if (document.readyState === "complete") go();
  else addEventListener("load", go);
}
