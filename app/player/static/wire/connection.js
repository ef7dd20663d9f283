// @ts-check
/** Whether the connection to the server stands, and when a run of the page's script has ended, as Streamlit's page says. */

/** Where Streamlit's page says it, and its words for a connection that stands and a script that is at rest. */
const PAGE = '[data-testid="stApp"]';
const STANDS = "CONNECTED";
const AT_REST = "notRunning";

export class Connection {
  /** @param {{lost: () => void, back: () => void, ended: () => void}} hear told when it breaks off, stands again, and when a run of the script has ended */
  constructor(hear) {
    this.page = document.querySelector(PAGE);
    this.stood = this.stands;
    this.rested = this.rests;
    this.watcher = new MutationObserver(() => {
      const { stands, rests, stood, rested } = this;
      this.stood = stands;
      this.rested = rests;
      if (stood && !stands) hear.lost();
      if (!stood && stands) hear.back();
      if (!rested && rests) hear.ended();
    });
    if (this.page) this.watcher.observe(this.page, { attributes: true, attributeFilter: ["data-test-connection-state", "data-test-script-state"] });
  }

  get stands() {
    const said = this.page?.getAttribute("data-test-connection-state");
    return !said || said === STANDS;
  }

  get rests() {
    const said = this.page?.getAttribute("data-test-script-state");
    return !said || said === AT_REST;
  }

  destroy() {
    this.watcher.disconnect();
  }
}
